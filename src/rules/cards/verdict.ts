/**
 * Whether a card may be formatted: a rule over evidence alone. It says yes only for what it was shown, and
 * each no with its reason.
 */
import type { Evidence } from '../../base/types.js';
import type { CardFileKind } from './card-files.js';

/** What a person wants before a card is formatted. */
export const safetyPolicies = ['two-copies', 'off-site', 'delivered'] as const;
export type SafetyPolicy = (typeof safetyPolicies)[number];

export interface CopyEvidence {
  /** The physical device, as far as it is known: two folders of one device are one copy. */
  readonly device: string | undefined;
  readonly evidence: Evidence;
  /** `under-way`: it lies where it will be sent from, and that has begun. */
  readonly offSite?: 'done' | 'under-way';
}

/** One file that the card holds now. */
export interface CardFileEvidence {
  readonly path: string;
  readonly kind: CardFileKind;
  readonly bytes: number;
  /** How it fares: read and known, or why it is not. */
  readonly state: 'known' | 'unreadable' | 'changed' | 'appeared' | 'not-copied';
  readonly copies: readonly CopyEvidence[];
}

export interface CardEvidence {
  readonly policy: SafetyPolicy;
  /** Everything on the card when it was listed last. */
  readonly files: readonly CardFileEvidence[];
  /** Whether it was listed again after the last file was copied, to its end. */
  readonly listedAgain: boolean;
  /** The device of the card itself, whose copies do not count. */
  readonly cardDevice: string | undefined;
  /** Whether the jobs that its files are in were delivered. */
  readonly delivered: boolean;
}

export type VerdictCode =
  | 'card-not-listed'
  | 'files-unreadable'
  | 'files-changed'
  | 'files-appeared'
  | 'files-not-copied'
  | 'pictures-empty'
  | 'only-unknown-files'
  | 'copies-too-few'
  | 'copies-not-proven'
  | 'copies-on-one-device'
  | 'no-copy-off-site'
  | 'not-delivered';

export interface VerdictReason {
  readonly code: VerdictCode;
  /** How many files it is about; 0: the card as a whole. */
  readonly files: number;
  /** One of them. */
  readonly example?: string;
}

export interface Verdict {
  readonly safe: boolean;
  /** Why not; empty when safe. In the order of their weight. */
  readonly reasons: readonly VerdictReason[];
  /** Files that the verdict is about. */
  readonly files: number;
  /** The fewest distinct devices on which any of them has a proven copy; 0 for an empty card. */
  readonly devices: number;
}

const enoughDevices = 2;

export function safeToFormat(card: CardEvidence): Verdict {
  // What a computer left is nobody's picture, and what it threw away was thrown away.
  const files = card.files.filter(({ kind }) => kind !== 'computer');
  const reasons = [
    ...(card.listedAgain ? [] : [{ code: 'card-not-listed', files: 0 } as const]),
    ...about('files-unreadable', files, ({ state }) => state === 'unreadable'),
    ...about('files-changed', files, ({ state }) => state === 'changed'),
    ...about('files-appeared', files, ({ state }) => state === 'appeared'),
    ...about('files-not-copied', files, ({ state }) => state === 'not-copied'),
    // What was lost of it may still be found, but only while the card is not formatted.
    ...about('pictures-empty', files, ({ kind, bytes }) => isShot(kind) && bytes === 0),
    ...unknownAlone(files),
    ...copyReasons(card, files),
  ];
  if (card.policy === 'delivered' && files.length > 0 && !card.delivered)
    reasons.push({ code: 'not-delivered', files: 0 });
  const devices = files.map((file) => provenDevices(file, card.cardDevice));
  return {
    safe: reasons.length === 0,
    reasons,
    files: files.length,
    devices: devices.length === 0 ? 0 : Math.min(...devices),
  };
}

function about(
  code: VerdictCode,
  files: readonly CardFileEvidence[],
  is: (file: CardFileEvidence) => boolean,
): VerdictReason[] {
  const found = files.filter(is);
  const [first] = found;
  return first ? [{ code, files: found.length, example: first.path }] : [];
}

/** A card of which nothing is understood: whatever was copied, nobody can say that it is all there was. */
function unknownAlone(files: readonly CardFileEvidence[]): VerdictReason[] {
  const isUnderstood = files.some(({ kind }) => kind !== 'unknown');
  return isUnderstood ? [] : about('only-unknown-files', files, () => true);
}

/** Each file counts for the first thing that is wrong with its copies. */
function copyReasons(card: CardEvidence, all: readonly CardFileEvidence[]): VerdictReason[] {
  const files = all.filter(({ state }) => state === 'known');
  const found = new Map<VerdictCode, CardFileEvidence[]>();
  for (const file of files) {
    const code = wrongWithCopies(file, card);
    if (code === undefined) continue;
    const sames = found.get(code);
    if (sames) sames.push(file);
    else found.set(code, [file]);
  }
  const order: VerdictCode[] = [
    'copies-too-few',
    'copies-not-proven',
    'copies-on-one-device',
    'no-copy-off-site',
  ];
  return order.flatMap((code) => about(code, found.get(code) ?? [], () => true));
}

function wrongWithCopies(file: CardFileEvidence, card: CardEvidence): VerdictCode | undefined {
  const copies = file.copies.filter(({ device }) => device === undefined || device !== card.cardDevice);
  if (copies.length < enoughDevices) return 'copies-too-few';
  if (copies.filter(({ evidence }) => evidence === 'proven').length < enoughDevices)
    return 'copies-not-proven';
  if (provenDevices(file, card.cardDevice) < enoughDevices) return 'copies-on-one-device';
  const isSent = copies.some(({ offSite }) => offSite !== undefined);
  return card.policy === 'off-site' && !isSent ? 'no-copy-off-site' : undefined;
}

/** Devices that nothing is known of count as one: rather too few than too many. */
function provenDevices({ copies }: CardFileEvidence, cardDevice: string | undefined): number {
  const proven = copies.filter(({ evidence }) => evidence === 'proven');
  const devices = new Set(proven.map(({ device }) => device ?? ''));
  if (cardDevice !== undefined) devices.delete(cardDevice);
  return devices.size;
}

function isShot(kind: CardFileKind): boolean {
  return kind === 'picture' || kind === 'video';
}
