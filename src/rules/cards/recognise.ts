/**
 * Whether a volume is a camera's card, by the folders that lie on it. Never by its label, which people and
 * computers choose, nor by names, sizes or times, which two cards of one camera share.
 */
import { dcfFolder, makerOf, matchesSign, otherThings, strongSigns, weakSigns } from './makers.js';

/** What is known of a volume without reading a file. */
export interface VolumeLook {
  /** Folders, relative to the root with `/`, as far down as {@link foldersToLookInto} says. */
  readonly folders: readonly string[];
  /** As the system calls it; absent for a folder that a person named. */
  readonly fileSystem?: string;
  /** Absent where the system does not say. */
  readonly removable?: boolean;
}

export interface CardReason {
  /** What was found: a folder of the volume, or a fact about it. */
  readonly sign: string;
  /** What it speaks for, or against. */
  readonly weight: number;
}

export interface Recognition {
  readonly isCard: boolean;
  readonly score: number;
  readonly reasons: readonly CardReason[];
  /** Whose camera wrote it; `undefined` where none or more than one can be told. */
  readonly maker: string | undefined;
}

const strong = 3;
const weak = 1;
const enough = 2;
const never = -100;

/** Below these folders of the root something may tell; deeper ones are not looked at. */
const tellingFolders = /^(dcim|private|private\/avchd|xdroot|xfvc|crm|contents)$/i;

/** Whether the folders in a folder have to be listed for {@link recogniseCard}; the root has the path ''. */
export function isWorthALook(folder: string): boolean {
  return folder === '' || tellingFolders.test(folder);
}

/** Weighs what lies on a volume. The reasons are in the order of their weight. */
export function recogniseCard(look: VolumeLook): Recognition {
  const reasons: CardReason[] = [];
  const makers = new Set<string>();
  for (const folder of look.folders) {
    const { weight, maker } = weigh(folder);
    if (weight !== 0) reasons.push({ sign: folder, weight });
    if (maker !== undefined) makers.add(maker);
  }
  reasons.push(...weighFacts(look));
  reasons.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const score = reasons.reduce((sum, { weight }) => sum + weight, 0);
  const [maker] = makers;
  const isCard = score >= enough && reasons.some(({ weight }) => weight >= strong);
  return { isCard, score, reasons, maker: isCard && makers.size === 1 ? maker : undefined };
}

function weigh(folder: string): { weight: number; maker?: string | undefined } {
  const path = folder.toLowerCase();
  if (otherThings.some((other) => matchesSign(path, other.path))) return { weight: never };
  const sign = strongSigns.find((each) => matchesSign(path, each.path));
  if (sign) return { weight: strong, maker: sign.maker };
  const [top, name, ...deeper] = folder.split('/');
  if (top?.toLowerCase() === 'dcim' && name !== undefined && deeper.length === 0) {
    const maker = makerOf(name);
    if (maker !== undefined || dcfFolder.test(name)) return { weight: strong, maker };
  }
  return { weight: weakSigns.some((each) => matchesSign(path, each.path)) ? weak : 0 };
}

/** Cameras write FAT and exFAT. What cannot be taken out is seldom a card, but some readers say so. */
function weighFacts({ fileSystem, removable }: VolumeLook): CardReason[] {
  const reasons: CardReason[] = [];
  if (
    fileSystem !== undefined &&
    /^(ext[234]|xfs|btrfs|zfs|apfs|hfs|ntfs|f2fs|fuse\.ifuse)/i.test(fileSystem)
  )
    reasons.push({ sign: fileSystem, weight: never });
  if (removable === false) reasons.push({ sign: 'not removable', weight: -weak });
  return reasons;
}

/** What a volume is that is no card although cameras' folders lie on it; `undefined` where nothing tells. */
export function whatElse(look: VolumeLook): string | undefined {
  for (const folder of look.folders) {
    const other = otherThings.find((each) => matchesSign(folder.toLowerCase(), each.path));
    if (other) return other.what;
  }
  return undefined;
}
