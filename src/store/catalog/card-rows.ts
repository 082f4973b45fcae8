/** Cards that were seen, what they held, and where it was copied: this installation's memory of ingests. */
import type Database from 'better-sqlite3';
import type { SourcePath } from '../../base/paths.js';
import type { ContentHash, Evidence } from '../../base/types.js';
import type { ReceiptFile } from '../../rules/receipts/receipt.js';
import { hashBlob } from './rows.js';

export interface CardRow {
  readonly key: number;
  /** The file system's number, where it has one. */
  readonly volume: string | undefined;
  readonly volumeBytes: number;
  /** What people call it. */
  readonly name: string;
  readonly maker: string | undefined;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
}

/** `known`: it was read, and its content is `b3`. The others say why it was not. */
export type CardFileState = 'known' | 'unreadable' | 'changed' | 'appeared' | 'not-copied';

export interface CardFileRow {
  readonly path: SourcePath;
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly b3: ContentHash | undefined;
  readonly state: CardFileState;
}

export interface IngestRow {
  readonly key: number;
  readonly cardKey: number;
  readonly job: string;
  readonly begunAt: number;
  /** `undefined`: it was cut short. */
  readonly endedAt: number | undefined;
  /** Whether the card was listed once more when all was copied. */
  readonly listedAgain: boolean;
}

/** One job's folder, on the device on which it was. */
export interface DestinationRow {
  readonly key: number;
  readonly root: string;
  readonly device: string | undefined;
  readonly volume: string | undefined;
}

/** One file that an ingest left in a job's folder. */
export interface CardCopyRow {
  readonly root: string;
  readonly device: string | undefined;
  readonly volume: string | undefined;
  readonly job: string;
  /** Below `root`. */
  readonly path: SourcePath;
  readonly b3: ContentHash;
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly evidence: Evidence;
  readonly at: number;
}

/** A copy with all that a receipt says of it; `at`: when it was read, ms. */
export interface ReceiptRow extends Omit<ReceiptFile, 'hashedAt'> {
  readonly at: number;
}

export class CardRows {
  readonly #sql: ReturnType<typeof statements>;

  constructor(database: Database.Database) {
    this.#sql = statements(database);
  }

  /** Every card ever seen, the latest first. */
  all(): CardRow[] {
    return (this.#sql.all.all() as CardColumns[]).map(toCard);
  }

  /** Cards whose file system has this number and size: mostly one, but cameras give numbers out twice. */
  withVolume(volume: string | undefined, volumeBytes: number): CardRow[] {
    return (this.#sql.withVolume.all(volume ?? null, volumeBytes) as CardColumns[]).map(toCard);
  }

  add(card: Omit<CardRow, 'key' | 'firstSeenAt' | 'lastSeenAt'>, at: number): CardRow {
    const { volume = null, maker = null, volumeBytes, name } = card;
    return toCard(this.#sql.add.get({ volume, maker, volumeBytes, name, at }) as CardColumns);
  }

  seen(cardKey: number, at: number): void {
    this.#sql.seen.run(at, cardKey);
  }

  files(cardKey: number): CardFileRow[] {
    return (this.#sql.files.all(cardKey) as FileColumns[]).map(({ b3, modified, state, ...row }) => ({
      ...row,
      modifiedUs: modified,
      b3: b3?.toString('hex'),
      state: state as CardFileState,
    }));
  }

  /** One file that the card holds. */
  putFile(cardKey: number, file: CardFileRow): void {
    const { path, bytes, modifiedUs: modified, state } = file;
    const b3 = file.b3 === undefined ? null : hashBlob(file.b3);
    this.#sql.putFile.run({ cardKey, path, bytes, modified, b3, state });
  }

  /** The card is listed anew. */
  forgetFiles(cardKey: number): void {
    this.#sql.forgetFiles.run(cardKey);
  }

  begin(cardKey: number, job: string, at: number): number {
    return this.#sql.begin.get(cardKey, job, at) as number;
  }

  end(ingestKey: number, end: { readonly at: number; readonly listedAgain: boolean }): void {
    this.#sql.end.run(end.at, end.listedAgain ? 1 : 0, ingestKey);
  }

  /** All ingests of a card, the latest first. */
  ingests(cardKey: number): IngestRow[] {
    return (this.#sql.ingests.all(cardKey) as IngestColumns[]).map((row) => ({
      key: row.key,
      cardKey,
      job: row.job,
      begunAt: row.begun_at,
      endedAt: row.ended_at ?? undefined,
      listedAgain: row.listed_again === 1,
    }));
  }

  addDestination(ingestKey: number, destination: Omit<DestinationRow, 'key'>): number {
    const { root, device = null, volume = null } = destination;
    return this.#sql.addDestination.get(ingestKey, root, device, volume) as number;
  }

  putCopy(destinationKey: number, copy: ReceiptRow): void {
    const { path, from, bytes, modifiedUs: modified, xxh64, at } = copy;
    const proven = copy.evidence === 'proven' ? 1 : 0;
    const hashes = { b3: hashBlob(copy.b3), xxh64, sha512: Buffer.from(copy.sha512, 'hex') };
    this.#sql.putCopy.run({ destinationKey, path, from, ...hashes, bytes, modified, proven, at });
  }

  /** A copy that another program made, and that was read from its medium: no receipt of ours names it. */
  putFound(destinationKey: number, copy: Omit<ReceiptRow, 'xxh64' | 'sha512' | 'evidence'>): void {
    const { path, from, bytes, modifiedUs: modified, at } = copy;
    const hashes = { b3: hashBlob(copy.b3), xxh64: '', sha512: Buffer.alloc(0) };
    this.#sql.putCopy.run({ destinationKey, path, from, ...hashes, bytes, modified, proven: 1, at });
    this.#sql.tellOne.run(destinationKey, path);
  }

  /**
   * Copies in a job's folder that no receipt names yet: those of the ingest under way, and of one that was
   * cut short.
   */
  untold(destination: Pick<DestinationRow, 'root' | 'volume'>): ReceiptRow[] {
    const { root, volume = null } = destination;
    return (this.#sql.untold.all(root, volume) as UntoldColumns[]).map(
      ({ card_path: from, modified: modifiedUs, b3, sha512, proven, ...row }) => ({
        ...{ ...row, from, modifiedUs, b3: b3.toString('hex'), sha512: sha512.toString('hex') },
        evidence: proven === 1 ? ('proven' as const) : ('written' as const),
      }),
    );
  }

  /** A receipt names them now. */
  tell(destination: Pick<DestinationRow, 'root' | 'volume'>): void {
    this.#sql.tell.run(destination.root, destination.volume ?? null);
  }

  /** Every copy that ingests made of a content, and that was not found missing since; the latest first. */
  copiesOf(b3: ContentHash): CardCopyRow[] {
    return (this.#sql.copiesOf.all(hashBlob(b3)) as CopyColumns[]).map(toCopy);
  }

  /** Whether anything of this size and time was ever copied: it may be the same. */
  hasCopyLike(bytes: number, modifiedUs: number): boolean {
    return this.#sql.copyLike.get(bytes, modifiedUs) !== undefined;
  }

  /** A copy is no longer where it was put, or is another. */
  forgetCopy(copy: Pick<CardCopyRow, 'root' | 'path'>): void {
    this.#sql.forgetCopy.run(copy.path, copy.root);
  }

  /** A job was delivered: to whom it was for, all of it. False when no ingest has this name. */
  deliver(job: string, at: number): boolean {
    if (this.#sql.hasJob.get(job) === undefined) return false;
    this.#sql.deliver.run(job, at);
    return true;
  }

  deliveredAt(job: string): number | undefined {
    return this.#sql.deliveredAt.get(job) as number | undefined;
  }
}

interface CardColumns {
  key: number;
  volume: string | null;
  volume_bytes: number;
  name: string;
  maker: string | null;
  first_seen_at: number;
  last_seen_at: number;
}

function toCard(row: CardColumns): CardRow {
  return {
    key: row.key,
    volume: row.volume ?? undefined,
    volumeBytes: row.volume_bytes,
    name: row.name,
    maker: row.maker ?? undefined,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
  };
}

interface FileColumns {
  path: string;
  bytes: number;
  modified: number;
  b3: Buffer | null;
  state: string;
}

interface IngestColumns {
  key: number;
  job: string;
  begun_at: number;
  ended_at: number | null;
  listed_again: number;
}

interface UntoldColumns {
  path: string;
  card_path: string;
  b3: Buffer;
  xxh64: string;
  sha512: Buffer;
  bytes: number;
  modified: number;
  proven: number;
  at: number;
}

interface CopyColumns {
  root: string;
  device: string | null;
  volume: string | null;
  job: string;
  path: string;
  b3: Buffer;
  bytes: number;
  modified: number;
  proven: number;
  at: number;
}

function toCopy({ device, volume, b3, modified, proven, ...row }: CopyColumns): CardCopyRow {
  return {
    ...row,
    device: device ?? undefined,
    volume: volume ?? undefined,
    b3: b3.toString('hex'),
    modifiedUs: modified,
    evidence: proven === 1 ? 'proven' : 'written',
  };
}

function statements(database: Database.Database) {
  const inFolder = 'SELECT key FROM destinations WHERE root = ? AND volume IS ?';
  return {
    all: database.prepare('SELECT * FROM cards ORDER BY last_seen_at DESC, key DESC'),
    withVolume: database.prepare(`SELECT * FROM cards WHERE volume IS ? AND volume_bytes = ?
      ORDER BY last_seen_at DESC, key DESC`),
    add: database.prepare(`INSERT INTO cards (volume, volume_bytes, name, maker, first_seen_at, last_seen_at)
      VALUES (@volume, @volumeBytes, @name, @maker, @at, @at) RETURNING *`),
    seen: database.prepare('UPDATE cards SET last_seen_at = ? WHERE key = ?'),
    files: database.prepare(`SELECT path, bytes, modified, b3, state FROM card_files WHERE card_key = ?
      ORDER BY path`),
    putFile: database.prepare(`INSERT OR REPLACE INTO card_files
      VALUES (@cardKey, @path, @bytes, @modified, @b3, @state)`),
    forgetFiles: database.prepare('DELETE FROM card_files WHERE card_key = ?'),
    begin: database
      .prepare('INSERT INTO ingests (card_key, job, begun_at) VALUES (?, ?, ?) RETURNING key')
      .pluck(),
    end: database.prepare('UPDATE ingests SET ended_at = ?, listed_again = ? WHERE key = ?'),
    ingests: database.prepare(`SELECT key, job, begun_at, ended_at, listed_again FROM ingests
      WHERE card_key = ? ORDER BY key DESC`),
    addDestination: database
      .prepare(
        'INSERT INTO destinations (ingest_key, root, device, volume) VALUES (?, ?, ?, ?) RETURNING key',
      )
      .pluck(),
    putCopy: database.prepare(`INSERT OR REPLACE INTO card_copies
        (destination_key, path, card_path, b3, xxh64, sha512, bytes, modified, proven, at)
      VALUES (@destinationKey, @path, @from, @b3, @xxh64, @sha512, @bytes, @modified, @proven, @at)`),
    untold: database.prepare(`SELECT path, card_path, b3, xxh64, sha512, bytes, modified, proven, at
      FROM card_copies WHERE told = 0 AND destination_key IN (${inFolder}) ORDER BY key`),
    tell: database.prepare(`UPDATE card_copies SET told = 1
      WHERE told = 0 AND destination_key IN (${inFolder})`),
    tellOne: database.prepare('UPDATE card_copies SET told = 1 WHERE destination_key = ? AND path = ?'),
    copiesOf: database.prepare(`SELECT d.root, d.device, d.volume, i.job,
        c.path, c.b3, c.bytes, c.modified, c.proven, c.at
      FROM card_copies c JOIN destinations d ON d.key = c.destination_key
        JOIN ingests i ON i.key = d.ingest_key
      WHERE c.b3 = ? ORDER BY c.key DESC`),
    copyLike: database.prepare('SELECT 1 FROM card_copies WHERE bytes = ? AND modified = ? LIMIT 1').pluck(),
    forgetCopy: database.prepare(`DELETE FROM card_copies WHERE path = ?
      AND destination_key IN (SELECT key FROM destinations WHERE root = ?)`),
    hasJob: database.prepare('SELECT 1 FROM ingests WHERE job = ? LIMIT 1').pluck(),
    deliver: database.prepare('INSERT OR REPLACE INTO deliveries VALUES (?, ?)'),
    deliveredAt: database.prepare('SELECT at FROM deliveries WHERE job = ?').pluck(),
  };
}
