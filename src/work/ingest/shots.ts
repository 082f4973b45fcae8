/** When the pictures of a card were taken, for templates that speak of it. */
import { absolutePath, type SourcePath } from '../../base/paths.js';
import { factsOfPicture } from '../../platform/picture-facts.js';
import { kindOfCardFile, stemOf } from '../../rules/cards/card-files.js';
import type { Shot } from '../../rules/cards/ingest-plan.js';
import { localZone, toWall, type Zone } from '../../rules/zone.js';
import type { ListedFile } from './card-listing.js';

const atOnce = 4;

/**
 * The shots of a card by the stems of their files. What does not tell its time has that of its file, in the
 * zone of this computer, and says so.
 */
export async function shotsOn(
  root: string,
  files: readonly ListedFile[],
  zone: Zone = localZone,
): Promise<Map<string, Shot>> {
  const groups = new Map<string, ListedFile[]>();
  for (const file of files) {
    const kind = kindOfCardFile(file.path);
    if (kind !== 'picture' && kind !== 'video') continue;
    const stem = stemOf(file.path);
    const group = groups.get(stem);
    if (group) group.push(file);
    else groups.set(stem, [file]);
  }
  const shots = new Map<string, Shot>();
  const waiting = [...groups];
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [stem, group] = next;
      shots.set(stem, await shotOf(root, group, zone));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return shots;
}

/** Of a pair the first that tells: a JPEG mostly does where a RAW of a new camera does not. */
async function shotOf(root: string, group: readonly ListedFile[], zone: Zone): Promise<Shot> {
  for (const { path } of inOrderOfTrust(group)) {
    const { takenAtMs, ...camera } = await factsOfPicture(absolutePath(root, path));
    if (takenAtMs !== undefined) return { takenAtMs, isFromPicture: true, ...camera };
  }
  const modifiedUs = Math.min(...group.map((file) => file.modifiedUs));
  return { takenAtMs: toWall(modifiedUs / 1000, zone), isFromPicture: false };
}

function inOrderOfTrust(group: readonly ListedFile[]): ListedFile[] {
  const isJpeg = (path: SourcePath): boolean => /\.jpe?g$/i.test(path);
  return [...group].sort((a, b) => Number(isJpeg(b.path)) - Number(isJpeg(a.path)));
}
