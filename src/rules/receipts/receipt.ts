/** A receipt: what one ingest left in one folder, from which all of its files are written. */
import { isEscaped, type SourcePath } from '../../base/paths.js';
import { toRfc3339 } from '../../base/time.js';
import type { ContentHash, Evidence, Outcome } from '../../base/types.js';
import { isSumName } from './b3sums.js';
import { isXmlText } from './xml.js';

export interface ReceiptFile {
  /** Relative to the job's folder. */
  readonly path: SourcePath;
  /** Where it lay on the card. */
  readonly from: SourcePath;
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly b3: ContentHash;
  /** 16 hex digits. */
  readonly xxh64: string;
  /** 128 hex digits. */
  readonly sha512: string;
  /** RFC 3339, UTC: when it was copied. */
  readonly hashedAt: string;
  /** Of the copy in this folder. */
  readonly evidence: Evidence;
}

export interface SkippedFile {
  /** On the card. */
  readonly path: SourcePath;
  readonly bytes: number;
  /** Why, as a person would say it: few different ones, so that they can be counted. */
  readonly why: string;
}

/** What could be read of a file that could not be read whole: no copy of it. */
export interface DamagedFile {
  /** On the card. */
  readonly path: SourcePath;
  /** Relative to the job's folder. */
  readonly at: SourcePath;
  readonly bytes: number;
  /** So many of them are zeros, as nothing could be read there. */
  readonly missingBytes: number;
}

export interface ReceiptDestination {
  /** What the person calls the drive or place. */
  readonly name: string;
  /** The job's folder there. */
  readonly folder: string;
  /** The physical device, as far as it is known: maker and model, or a serial number. */
  readonly device?: string;
  readonly outcome: Outcome;
  readonly files: number;
  /** How many of them were read back from the medium. */
  readonly provenFiles: number;
}

/** Everything that people read in it is text without marks; whoever shows it escapes it. */
export interface Receipt {
  readonly job: string;
  readonly tool: { readonly name: string; readonly version: string };
  /** The computer. */
  readonly hostname: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly card: {
    readonly name: string;
    /** What is known of it: its label, its UUID, its size, its maker. */
    readonly facts: readonly { readonly label: string; readonly value: string }[];
  };
  readonly cameras: readonly string[];
  /** What the card held when it was listed. */
  readonly expected: { readonly files: number; readonly bytes: number };
  /** In this folder. */
  readonly files: readonly ReceiptFile[];
  /** Not copied, for a reason; a copy of it may be elsewhere. */
  readonly skipped: readonly SkippedFile[];
  /** Could not be copied or proven, and why. */
  readonly failed: readonly SkippedFile[];
  /** In this folder, among those that could not be copied. */
  readonly damaged?: readonly DamagedFile[];
  readonly destinations: readonly ReceiptDestination[];
  readonly verdict: {
    readonly safe: boolean;
    /** One sentence. */
    readonly sentence: string;
    readonly reasons: readonly string[];
  };
}

/** Whether a manifest can name a path: XML holds no half characters, and few of the control characters. */
export function isManifestName(path: SourcePath): boolean {
  return !isEscaped(path) && isXmlText(path);
}

/** Whether a list of `b3sum` can name a path. */
export function isListName(path: SourcePath): boolean {
  return !isEscaped(path) && isSumName(path);
}

const firstMs = Date.parse('0001-01-01T00:00:00Z');
const lastMs = Date.parse('9999-12-31T23:59:59Z');

/**
 * When a file was modified, as manifests say it; `undefined` for what no calendar of four digits holds: file
 * systems hold such times, and damaged ones tell them.
 */
export function modificationOf(modifiedUs: number): string | undefined {
  const ms = modifiedUs / 1000;
  return ms >= firstMs && ms <= lastMs ? toRfc3339(ms) : undefined;
}

/** What a manifest says about the whole: how many files it should be about. */
export function commentOf({ card, expected, files, skipped, failed }: Receipt): string {
  const counts = [
    `expected ${expected.files} files (${expected.bytes} bytes) from ${card.name}`,
    `copied ${files.length}`,
    `skipped ${skipped.length}`,
    `failed ${failed.length}`,
  ];
  return Array.from(counts.join(', '))
    .filter((character) => isXmlText(character) && character >= ' ')
    .join('');
}
