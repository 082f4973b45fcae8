/** What a job is called when nobody says: the day and the card, or as it was when it was cut short. */
import type { VolumeFacts } from '../../platform/native.js';
import { localZone, toWall } from '../../rules/zone.js';
import type { WorkDeps } from '../deps.js';

/** An ingest that was cut short goes on under its name for so long, also after midnight. */
const goesOnMs = 36 * 3_600_000;

/** The card's name and its volume, where it is one. */
export interface NamelessJob {
  readonly name: string;
  readonly volume: Pick<VolumeFacts, 'uuid' | 'totalBytes'> | undefined;
}

/** For the folder of a job alone: which card it is, and what of it is copied, is for its contents to say. */
export function jobFor({ catalog, clock }: WorkDeps, { name, volume }: NamelessJob): string {
  const now = clock.now();
  const seen = catalog.cards.withVolume(volume?.uuid, volume?.totalBytes ?? 0);
  const row = seen.find((each) => volume?.uuid !== undefined || each.name === name);
  const [latest] = row ? catalog.cards.ingests(row.key) : [];
  const isCutShort = latest !== undefined && (latest.endedAt === undefined || !latest.listedAgain);
  if (isCutShort && now - latest.begunAt < goesOnMs) return latest.job;
  return `${new Date(toWall(now, localZone)).toISOString().slice(0, 10)} ${name}`;
}
