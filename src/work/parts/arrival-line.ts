/** What a vault's ledger is told of a file that lies in its `Incoming/`, whole and compared. */
import type { SourcePath } from '../../base/paths.js';
import type { Evidence } from '../../base/types.js';
import type { TransferResult } from '../../platform/native.js';
import type { StoredRow } from '../../store/catalog/types.js';
import { lineOfPath } from '../../store/ledger/line-paths.js';
import type { KeepLine, NewLine } from '../../store/ledger/lines.js';
import type { OpenTarget } from './vault-target.js';

export interface Arrival {
  /** The source's id. */
  readonly source: string;
  readonly path: SourcePath;
  /** The file as its source has it. */
  readonly content: Pick<TransferResult, 'bytes' | 'modifiedUs' | 'mode' | 'xattrs' | 'b3'>;
  /** What the vault shows in its place now. */
  readonly slot: StoredRow | undefined;
  /** Where it waits, relative to the vault's root. */
  readonly from: string;
  readonly evidence: Evidence;
}

export interface ArrivalLine {
  /** Absent where there is nothing to tell. */
  readonly line: NewLine | undefined;
  /** The vault had this content in this place all along: what came is not needed. */
  readonly isHad: boolean;
}

/** The line with which a file gets its place in the vault, and what lay there goes aside. */
export async function lineOfArrival(target: OpenTarget, arrival: Arrival): Promise<ArrivalLine> {
  const { source, path, content, slot, from, evidence } = arrival;
  const line: Omit<KeepLine, 'n' | 'at' | 'link'> = {
    do: 'keep',
    source,
    ...lineOfPath(path),
    bytes: content.bytes,
    modified: content.modifiedUs,
    mode: content.mode,
    ...(content.xattrs && { xattrs: content.xattrs }),
    b3: content.b3,
  };
  if (slot?.b3 === content.b3 && slot.stored !== undefined) {
    // It had it all along: only the scan could not know. The time may be new.
    const isTouched = slot.modifiedUs !== content.modifiedUs;
    const touch: NewLine = { ...line, stored: slot.stored, evidence: slot.evidence };
    return { line: isTouched ? touch : undefined, isHad: true };
  }
  const old = slot?.stored !== undefined && slot.kind !== 'folder' ? slot.stored : undefined;
  const stored = old ?? (await target.placing.picture(path));
  const aside = slot && old !== undefined ? await target.placing.aside(old, slot.keptAt) : undefined;
  return { line: { ...line, stored, from, ...(aside !== undefined && { aside }), evidence }, isHad: false };
}
