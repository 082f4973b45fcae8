/** Cards in their readers: noticed when they come, and copied by themselves where a person wants that. */
import { basename } from 'node:path';
import { GlassineError } from '../base/errors.js';
import type { Problem } from '../base/errors.js';
import type { Listener } from '../base/events.js';
import type { Volume } from '../base/volumes.js';
import { ruleFor } from '../rules/cards/card-rule.js';
import type { CardRule } from '../rules/cards/card-rule.js';
import type { WorkDeps } from '../work/deps.js';
import { recogniseVolume } from '../work/ingest/card-listing.js';
import { ingest } from '../work/ingest/ingest.js';
import type { IngestReport } from '../work/ingest/ingest.js';
import type { ReceiptWords } from '../work/ingest/leave-receipts.js';
import { cardSettings, ingestOptions } from './card-ingest.js';
import type { Installation } from './installation.js';
import { liesIn } from './places.js';

export interface CardsHereOptions {
  readonly installation: Installation;
  /** What receipts and verdicts say. */
  readonly words: ReceiptWords;
  readonly listener: Listener;
  /** Runs an ingest in turn with all other work. */
  readonly run: (job: (deps: WorkDeps) => Promise<IngestReport>) => Promise<IngestReport>;
  readonly isPaused: () => boolean;
}

/**
 * `told`: its rule was followed, and nothing is to be done by itself. `due`: it is to be copied. `again`: a
 * destination lacks something, and may come.
 */
type Stage = 'told' | 'due' | 'busy' | 'again' | 'done';

/** A card in its reader, as `status` tells it. */
export interface CardInReader {
  readonly name: string;
  readonly mountPoint: string;
  readonly maker?: string;
  /** It is copied now, or as soon as a pause ends. */
  readonly doing?: 'ingest' | 'wait';
  /** Since it was copied by itself: as things were then (ms). */
  readonly verdict?: { readonly safe: boolean; readonly sentence: string; readonly at: number };
}

interface CardHere {
  readonly volume: Volume;
  readonly name: string;
  /** The number of its file system. */
  readonly number: string | undefined;
  readonly maker: string | undefined;
  stage: Stage;
  rule: CardRule | undefined;
  /** That it waits for the end of a pause was said. */
  waits: boolean;
  verdict: CardInReader['verdict'];
}

export class CardsHere {
  readonly #options: CardsHereOptions;
  readonly #cards = new Map<string, CardHere>();
  /** What is under way: looks at volumes that came, and ingests. */
  readonly #busy = new Set<Promise<void>>();
  /** The ids of volumes that were looked at and are still there. */
  readonly #met = new Set<string>();
  #settings: string | undefined;
  #stopped = false;

  constructor(options: CardsHereOptions) {
    this.#options = options;
  }

  /** A volume came. Whether it is a card is found out beside everything else. */
  came(volume: Volume): void {
    if (this.#stopped || this.#met.has(volume.id)) return;
    this.#met.add(volume.id);
    if (this.#canBeCard(volume)) this.#begin(() => this.#meet(volume));
    // What another card lacks may be what came.
    for (const card of this.#cards.values()) if (card.stage === 'again') this.#follow(card);
  }

  /** An ingest of it ends by itself, with what it has. */
  went({ id }: Volume): void {
    this.#met.delete(id);
    this.#cards.delete(id);
  }

  /** Called now and then: follows what was set otherwise, and the end of a pause. */
  look(): void {
    const settings = JSON.stringify(cardSettings(this.#options.installation.config.current));
    const isNew = this.#settings !== undefined && this.#settings !== settings;
    this.#settings = settings;
    for (const card of this.#cards.values()) {
      // Where to may be new, also for one that was copied.
      if (card.stage === 'due' || (isNew && card.stage !== 'busy')) this.#follow(card);
    }
  }

  /** The cards that are in their readers now. */
  now(): CardInReader[] {
    return [...this.#cards.values()].map(({ name, maker, volume, stage, verdict }) => ({
      ...{ name, mountPoint: volume.mountPoint },
      ...(maker !== undefined && { maker }),
      ...(stage === 'busy' && { doing: 'ingest' as const }),
      ...(stage === 'due' && { doing: 'wait' as const }),
      ...(verdict && { verdict }),
    }));
  }

  /** Nothing begins any more. Resolves when what is under way has ended; its owner stops that. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#busy);
  }

  #begin(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => this.#tellError(error))
      .finally(() => this.#busy.delete(running));
    this.#busy.add(running);
  }

  /** Neither what the computer lives on nor what keeps anything of the person's is a card. */
  #canBeCard({ mountPoint, system, bus }: Volume): boolean {
    if (system || bus === 'network' || mountPoint === '/') return false;
    const { sources, vaults } = this.#options.installation.config.current;
    const { destinations } = cardSettings(this.#options.installation.config.current);
    const places = [
      ...sources.map(({ root }) => root),
      ...[...vaults, ...destinations].map(({ folder }) => folder),
    ];
    return !places.some((place) => liesIn(mountPoint, place));
  }

  async #meet(volume: Volume): Promise<void> {
    const { installation } = this.#options;
    const { mountPoint, fileSystem, id } = volume;
    // A disk image says nothing of where the card is.
    const removable = volume.bus === 'virtual' ? {} : { removable: volume.removable };
    const look = { fileSystem, ...removable };
    const { isCard, maker, reasons } = await recogniseVolume(installation.native, mountPoint, look);
    const name = basename(mountPoint);
    // A slow reader has perhaps not told it in the time that a list of all volumes takes.
    const facts = await installation.native.volumeOf(mountPoint).catch(() => undefined);
    const number = volume.uuid ?? facts?.uuid;
    installation.log.info('looked for a card', { mountPoint, isCard, reasons });
    if (!isCard || this.#stopped || !this.#met.has(id)) return;
    const card: CardHere = {
      ...{ volume, name, number, maker, stage: 'told', waits: false },
      ...{ rule: undefined, verdict: undefined },
    };
    this.#cards.set(id, card);
    this.#follow(card);
  }

  /** Does what the rule says. */
  #follow(card: CardHere): void {
    if (this.#stopped) return;
    const { name, number } = card;
    const rule = ruleFor(cardSettings(this.#options.installation.config.current), { name, volume: number });
    const isNew = card.rule !== rule;
    card.rule = rule;
    if (rule !== 'always') {
      card.stage = 'told';
      if (isNew && rule === 'ask') this.#tell(card, 'ask');
      return;
    }
    if (this.#options.isPaused()) {
      card.stage = 'due';
      if (!card.waits) this.#tell(card, 'wait');
      card.waits = true;
      return;
    }
    card.stage = 'busy';
    card.waits = false;
    this.#tell(card, 'ingest');
    this.#begin(() => this.#ingest(card));
  }

  async #ingest(card: CardHere): Promise<void> {
    const { installation, words, run } = this.#options;
    try {
      const report = await run(async (deps) => {
        const options = await ingestOptions(installation, words, { card: card.volume.mountPoint });
        return await ingest(deps, options);
      });
      card.stage = report.destinations.every(({ outcome }) => outcome === 'good') ? 'done' : 'again';
      this.#report(card, report);
    } catch (error) {
      const isStop = error instanceof GlassineError && error.code === 'stopped';
      card.stage = isStop ? 'due' : 'again';
      if (!isStop) throw error;
    }
  }

  #report(card: CardHere, report: IngestReport): void {
    const { name, volume } = card;
    const { listener, words, installation } = this.#options;
    const { job, outcome, copied, skipped, verdict, incomplete, destinations } = report;
    // Only plans have none.
    if (!verdict) return;
    const bytes = copied.reduce((sum, file) => sum + file.bytes, 0);
    const said = { safe: verdict.safe, ...words.verdict(verdict) };
    card.verdict = { safe: said.safe, sentence: said.sentence, at: report.endedAt };
    installation.log.info('ingested', { card: name, job, outcome, copied: copied.length, bytes, ...said });
    const problems: Problem[] = [...incomplete, ...destinations.flatMap((each) => each.problem ?? [])];
    for (const problem of problems) listener({ kind: 'problem', problem });
    listener({
      ...{ kind: 'ingested', card: name, mountPoint: volume.mountPoint, job, outcome },
      ...{ copied: copied.length, bytes, skipped: skipped.length, verdict: said },
    });
  }

  #tell({ name, maker, volume }: CardHere, doing: 'ask' | 'wait' | 'ingest'): void {
    const { mountPoint } = volume;
    this.#options.listener({ kind: 'card', name, mountPoint, doing, ...(maker !== undefined && { maker }) });
  }

  #tellError(error: unknown): void {
    const { listener, installation } = this.#options;
    const isOurs = error instanceof GlassineError;
    if (!isOurs) installation.log.error('a card was given up', { error: String(error) });
    const fault: Problem = { code: 'fault', subject: String(error) };
    listener({ kind: 'problem', problem: isOurs ? error.problem : fault });
  }
}
