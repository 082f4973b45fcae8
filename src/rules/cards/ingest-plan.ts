/** What an ingest would do, before a byte is read: where each file of a card goes, and what stays behind. */
import { isOwnFile, outsideDamaged } from '../receipts/own-files.js';
import { foldKey } from '../stored-names.js';
import { type CardFileKind, isThrownAwayPicture, kindOfCardFile, stemOf } from './card-files.js';
import { fillTemplate, type NameTemplate, portableName } from './naming.js';

/** One file as it was listed. */
export interface CardEntry {
  /** On the card, with `/`. */
  readonly path: string;
  readonly bytes: number;
}

/** What is known of a picture besides its name, by its stem. */
export interface Shot {
  /** What the camera's clock showed, as if it were UTC (ms). */
  readonly takenAtMs: number;
  /** False when only the file's time tells. */
  readonly isFromPicture: boolean;
  readonly camera?: string;
  readonly maker?: string;
}

export interface PlanOptions {
  readonly job: string;
  /** What the card is called in this job: a folder's name. */
  readonly card: string;
  /** Absent: the card's own folders and names. */
  readonly template?: NameTemplate;
  /** Asked for files of which the template wants to know. */
  readonly shotOf: (stem: string) => Shot;
  /** Whether something has this name in a destination already, by `foldKey`. */
  readonly isTaken: (folded: string) => boolean;
}

export interface PlannedFile extends CardEntry {
  readonly kind: CardFileKind;
  /** Relative to the job's folder, with `/`. */
  readonly to: string;
}

export interface LeftBehind {
  readonly path: string;
  readonly why: 'of-a-computer' | 'thrown-away';
}

export interface IngestPlan {
  readonly files: readonly PlannedFile[];
  /** Folders of the card that hold nothing: cameras want some of them back. Relative to the job's folder. */
  readonly emptyFolders: readonly string[];
  readonly left: readonly LeftBehind[];
  readonly bytes: number;
  /** Pictures and clips of no bytes: something went wrong in the camera. */
  readonly empty: readonly string[];
  /** Pictures named after the time of their file, because they do not tell when they were taken. */
  readonly undated: readonly string[];
}

/** Plans an ingest; files come in the order of the listing. Nothing gets a name that something has. */
export function planIngest(
  card: { readonly files: readonly CardEntry[]; readonly emptyFolders: readonly string[] },
  options: PlanOptions,
): IngestPlan {
  const left: LeftBehind[] = [];
  const groups: Group[] = [];
  const open = new Map<string, Group>();
  for (const entry of card.files) {
    if (kindOfCardFile(entry.path) === 'computer') {
      left.push({ path: entry.path, why: isThrownAwayPicture(entry.path) ? 'thrown-away' : 'of-a-computer' });
      continue;
    }
    const stem = stemOf(entry.path);
    const ending = foldKey(entry.path.slice(stem.length));
    const group = open.get(stem);
    if (group && !group.endings.has(ending)) {
      group.entries.push(entry);
      group.endings.add(ending);
      continue;
    }
    // Two endings that a volume may take for one cannot go under one name.
    const next = { stem, entries: [entry], endings: new Set([ending]) };
    groups.push(next);
    open.set(stem, next);
  }
  const naming = new GroupNaming(options);
  const files = new Map<string, PlannedFile>();
  for (const group of inShootingOrder(groups, options)) {
    const { stem, entries } = group;
    const to = naming.stemFor(group);
    for (const entry of entries) {
      const kind = kindOfCardFile(entry.path);
      files.set(entry.path, { ...entry, kind, to: to + entry.path.slice(stem.length) });
    }
  }
  const inOrder = card.files.flatMap(({ path }) => files.get(path) ?? []);
  return {
    files: inOrder,
    emptyFolders: card.emptyFolders
      .filter((folder) => kindOfCardFile(`${folder}/x`) !== 'computer')
      .map((folder) => cardPath(options.card, folder)),
    left,
    bytes: inOrder.reduce((sum, { bytes }) => sum + bytes, 0),
    empty: inOrder
      .filter(({ kind, bytes }) => bytes === 0 && (kind === 'picture' || kind === 'video'))
      .map(({ path }) => path),
    undated: naming.undated,
  };
}

/** Files of one picture, which are called alike. */
interface Group {
  readonly stem: string;
  readonly entries: CardEntry[];
  /** As volumes compare names. */
  readonly endings: Set<string>;
}

/** Counters follow the time pictures were taken where a template has them, else the listing. */
function inShootingOrder(groups: readonly Group[], { template, shotOf }: PlanOptions): readonly Group[] {
  if (!template) return groups;
  const timed = groups.map((group) => ({ group, at: isShot(group) ? shotOf(group.stem).takenAtMs : 0 }));
  timed.sort(
    (a, b) => a.at - b.at || (a.group.stem < b.group.stem ? -1 : Number(a.group.stem > b.group.stem)),
  );
  return timed.map(({ group }) => group);
}

function isShot({ entries }: Group): boolean {
  return entries.some(({ path }) => {
    const kind = kindOfCardFile(path);
    return kind === 'picture' || kind === 'video';
  });
}

class GroupNaming {
  readonly undated: string[] = [];
  readonly #options: PlanOptions;
  readonly #given = new Set<string>();
  #counter = 0;

  constructor(options: PlanOptions) {
    this.#options = options;
  }

  /** The free name for all files of a stem: they get it with their own endings, or all get another. */
  stemFor(group: Group): string {
    const { stem, entries } = group;
    const wanted = this.#wanted(group);
    const endings = entries.map(({ path }) => path.slice(stem.length));
    for (let attempt = 1; ; attempt++) {
      const candidate = attempt === 1 ? wanted : `${wanted} (${attempt})`;
      const keys = endings.map((ending) => foldKey(candidate + ending));
      const isOwn = endings.some((ending) => isOwnFile(candidate + ending));
      if (isOwn || keys.some((key) => this.#given.has(key) || this.#options.isTaken(key))) continue;
      for (const key of keys) this.#given.add(key);
      return candidate;
    }
  }

  #wanted(group: Group): string {
    const { stem, entries } = group;
    const { template, card, job, shotOf } = this.#options;
    if (!template || !isShot(group)) return cardPath(card, stem);
    const { isFromPicture, ...shot } = shotOf(stem);
    if (!isFromPicture) this.undated.push(entries[0]?.path ?? stem);
    this.#counter += 1;
    const names = stem.split('/');
    const facts = { name: names.at(-1) ?? '', folder: names.at(-2) ?? card, counter: this.#counter };
    return outsideDamaged(fillTemplate(template, { ...shot, ...facts, job, card }));
  }
}

/**
 * Where a path of the card lies when it keeps its own names, relative to the job's folder. `card`: what the
 * card is called there.
 */
export function cardPath(card: string, path: string): string {
  return outsideDamaged([card, ...path.split('/')].map(portableName).join('/'));
}
