/**
 * The catalog's tables, as numbered steps: a step once released is never changed, only followed by another.
 */

/**
 * Times: `since`, `until`, `*_at` are ms; `modified` is microseconds. Hashes are 32-byte blobs. Text compares
 * by
 * bytes, which is the order of the ledger's `scrub` ranges.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE sources (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, computer TEXT NOT NULL,
    root TEXT NOT NULL, volume TEXT, writer TEXT NOT NULL
  );
  CREATE TABLE vaults (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, last_seen_at INTEGER
  );
  -- after_writer: whom this writer succeeds as the keeper of the source in this vault.
  CREATE TABLE source_folders (
    vault_key INTEGER NOT NULL, source_key INTEGER NOT NULL, writer TEXT NOT NULL, folder TEXT NOT NULL,
    after_writer TEXT, PRIMARY KEY (vault_key, source_key, writer)
  ) WITHOUT ROWID;
  CREATE TABLE ledgers (
    vault_key INTEGER NOT NULL, writer TEXT NOT NULL, n INTEGER NOT NULL, link TEXT NOT NULL,
    PRIMARY KEY (vault_key, writer)
  ) WITHOUT ROWID;

  CREATE TABLE folders (
    key INTEGER PRIMARY KEY, source_key INTEGER NOT NULL, path TEXT NOT NULL, UNIQUE (source_key, path)
  );
  -- presence: 0 known from a ledger, never seen by a scan of this installation; 1 there; 2 gone.
  -- seen_b3 is the content behind the seen size and time, once it was read or recognised.
  CREATE TABLE files (
    key INTEGER PRIMARY KEY, folder_key INTEGER NOT NULL, name TEXT NOT NULL,
    presence INTEGER NOT NULL DEFAULT 0, seen_kind TEXT, seen_bytes INTEGER, seen_modified INTEGER,
    seen_inode TEXT, seen_device TEXT, seen_target TEXT, seen_b3 BLOB, version_key INTEGER,
    UNIQUE (folder_key, name)
  );
  CREATE INDEX files_gone ON files (key) WHERE presence <> 1;
  -- A sighting each: what the source had at since, and until when nobody saw otherwise. gone: the file was
  -- not there;
  -- again: the same content as the sighting before.
  CREATE TABLE versions (
    key INTEGER PRIMARY KEY, file_key INTEGER NOT NULL, kind TEXT NOT NULL, bytes INTEGER NOT NULL,
    modified INTEGER NOT NULL, b3 BLOB, target TEXT, mode INTEGER, xattrs TEXT,
    since INTEGER NOT NULL, until INTEGER, gone INTEGER NOT NULL, again INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX versions_of_file ON versions (file_key, since);
  -- One row for each stored file. newest: the slot that Pictures/ shows for its file.
  CREATE TABLE stored (
    key INTEGER PRIMARY KEY, vault_key INTEGER NOT NULL, file_key INTEGER NOT NULL, path TEXT,
    kind TEXT NOT NULL, b3 BLOB, target TEXT, bytes INTEGER NOT NULL, modified INTEGER NOT NULL,
    newest INTEGER NOT NULL, kept_at INTEGER NOT NULL, proven INTEGER NOT NULL, proven_at INTEGER,
    damaged_at INTEGER
  );
  CREATE UNIQUE INDEX stored_by_path ON stored (vault_key, path) WHERE path IS NOT NULL;
  CREATE UNIQUE INDEX stored_slot ON stored (vault_key, file_key) WHERE newest = 1;
  CREATE INDEX stored_by_file ON stored (file_key);
  CREATE INDEX stored_by_content ON stored (b3) WHERE b3 IS NOT NULL;

  CREATE TABLE events (
    key INTEGER PRIMARY KEY, at INTEGER NOT NULL, code TEXT NOT NULL, subject TEXT NOT NULL,
    facts TEXT NOT NULL, resolved_at INTEGER
  );
  CREATE INDEX events_open ON events (code, subject) WHERE resolved_at IS NULL;
  `,
  `
  -- listing: the mark of the listing that the folder's rows were last found to agree with, in everything that
  -- a scan compares. Whatever changes such a row forgets it, whoever does so and why: hence triggers.
  ALTER TABLE folders ADD COLUMN listing BLOB;
  CREATE TRIGGER listing_file_added AFTER INSERT ON files BEGIN
    UPDATE folders SET listing = NULL WHERE key = NEW.folder_key AND listing IS NOT NULL;
  END;
  CREATE TRIGGER listing_file_dropped AFTER DELETE ON files BEGIN
    UPDATE folders SET listing = NULL WHERE key = OLD.folder_key AND listing IS NOT NULL;
  END;
  CREATE TRIGGER listing_file_changed
  AFTER UPDATE OF folder_key, name, presence, seen_kind, seen_bytes, seen_modified, seen_target, seen_inode,
    seen_device ON files
  WHEN (OLD.folder_key, OLD.name, OLD.presence, OLD.seen_kind, OLD.seen_bytes, OLD.seen_modified,
      OLD.seen_target, OLD.seen_inode, OLD.seen_device)
    IS NOT (NEW.folder_key, NEW.name, NEW.presence, NEW.seen_kind, NEW.seen_bytes, NEW.seen_modified,
      NEW.seen_target, NEW.seen_inode, NEW.seen_device)
  BEGIN
    UPDATE folders SET listing = NULL WHERE key IN (OLD.folder_key, NEW.folder_key) AND listing IS NOT NULL;
  END;
  -- What no scan has seen yet counts as seen as its newest version tells it.
  CREATE TRIGGER listing_file_told AFTER UPDATE OF version_key ON files
  WHEN NEW.presence = 0 AND OLD.version_key IS NOT NEW.version_key BEGIN
    UPDATE folders SET listing = NULL WHERE key = NEW.folder_key AND listing IS NOT NULL;
  END;
  `,
  `
  -- What was computed from all rows of files and stored, and is computed anew only from those that change:
  -- one trigger for each kind of change sees to both.
  -- complete: vaults that lack nothing of a source, except perhaps of what is in touched: the files that
  -- anything was changed about, in the source or in a vault, since the first such vault was found.
  CREATE TABLE complete (
    source_key INTEGER NOT NULL, vault_key INTEGER NOT NULL, PRIMARY KEY (source_key, vault_key)
  ) WITHOUT ROWID;
  CREATE TABLE touched (key INTEGER PRIMARY KEY);
  -- What is summed over the files of a folder, for as long as it holds.
  -- folder_sums: what is there and in no vault at all; alive: what the newest versions say is there.
  CREATE TABLE folder_sums (
    folder_key INTEGER PRIMARY KEY, files INTEGER NOT NULL, bytes INTEGER NOT NULL, bare INTEGER NOT NULL,
    oldest INTEGER, alive INTEGER NOT NULL, alive_files INTEGER NOT NULL, alive_bytes INTEGER NOT NULL
  );
  CREATE TABLE kept_sums (
    folder_key INTEGER NOT NULL, vault_key INTEGER NOT NULL, behind_files INTEGER NOT NULL,
    behind_bytes INTEGER NOT NULL, proven_files INTEGER NOT NULL, written_files INTEGER NOT NULL,
    damaged_files INTEGER NOT NULL, PRIMARY KEY (folder_key, vault_key)
  ) WITHOUT ROWID;
  CREATE INDEX stored_damaged ON stored (key) WHERE damaged_at IS NOT NULL;
  CREATE TRIGGER file_added AFTER INSERT ON files
  WHEN EXISTS (SELECT 1 FROM complete) OR EXISTS (SELECT 1 FROM folder_sums)
    OR EXISTS (SELECT 1 FROM kept_sums)
  BEGIN
    INSERT INTO touched SELECT NEW.key
      WHERE EXISTS (SELECT 1 FROM complete) AND NEW.key NOT IN touched;
    DELETE FROM folder_sums WHERE folder_key = NEW.folder_key;
    DELETE FROM kept_sums WHERE folder_key = NEW.folder_key;
  END;
  CREATE TRIGGER file_dropped AFTER DELETE ON files
  WHEN EXISTS (SELECT 1 FROM complete) OR EXISTS (SELECT 1 FROM folder_sums)
    OR EXISTS (SELECT 1 FROM kept_sums)
  BEGIN
    DELETE FROM folder_sums WHERE folder_key = OLD.folder_key;
    DELETE FROM kept_sums WHERE folder_key = OLD.folder_key;
  END;
  CREATE TRIGGER file_changed
  AFTER UPDATE OF folder_key, presence, seen_kind, seen_bytes, seen_modified, seen_target,
    seen_b3, version_key ON files
  WHEN EXISTS (SELECT 1 FROM complete) OR EXISTS (SELECT 1 FROM folder_sums)
    OR EXISTS (SELECT 1 FROM kept_sums)
  BEGIN
    INSERT INTO touched SELECT NEW.key
      WHERE EXISTS (SELECT 1 FROM complete) AND NEW.key NOT IN touched;
    DELETE FROM folder_sums WHERE folder_key IN (OLD.folder_key, NEW.folder_key);
    DELETE FROM kept_sums WHERE folder_key IN (OLD.folder_key, NEW.folder_key);
  END;
  CREATE TRIGGER stored_added AFTER INSERT ON stored
  WHEN EXISTS (SELECT 1 FROM complete) OR EXISTS (SELECT 1 FROM folder_sums)
    OR EXISTS (SELECT 1 FROM kept_sums)
  BEGIN
    INSERT INTO touched SELECT NEW.file_key
      WHERE EXISTS (SELECT 1 FROM complete) AND NEW.file_key NOT IN touched;
    DELETE FROM folder_sums WHERE folder_key = (SELECT folder_key FROM files WHERE key = NEW.file_key);
    DELETE FROM kept_sums WHERE folder_key = (SELECT folder_key FROM files WHERE key = NEW.file_key);
  END;
  CREATE TRIGGER stored_dropped AFTER DELETE ON stored
  WHEN EXISTS (SELECT 1 FROM complete) OR EXISTS (SELECT 1 FROM folder_sums)
    OR EXISTS (SELECT 1 FROM kept_sums)
  BEGIN
    INSERT INTO touched SELECT OLD.file_key
      WHERE EXISTS (SELECT 1 FROM complete) AND OLD.file_key NOT IN touched;
    DELETE FROM folder_sums WHERE folder_key = (SELECT folder_key FROM files WHERE key = OLD.file_key);
    DELETE FROM kept_sums WHERE folder_key = (SELECT folder_key FROM files WHERE key = OLD.file_key);
  END;
  CREATE TRIGGER stored_changed
  AFTER UPDATE OF vault_key, file_key, kind, b3, target, modified, newest ON stored
  WHEN EXISTS (SELECT 1 FROM complete) OR EXISTS (SELECT 1 FROM folder_sums)
    OR EXISTS (SELECT 1 FROM kept_sums)
  BEGIN
    INSERT INTO touched SELECT OLD.file_key
      WHERE EXISTS (SELECT 1 FROM complete) AND OLD.file_key NOT IN touched;
    INSERT INTO touched SELECT NEW.file_key
      WHERE EXISTS (SELECT 1 FROM complete) AND NEW.file_key NOT IN touched;
    DELETE FROM folder_sums
      WHERE folder_key IN (SELECT folder_key FROM files WHERE key IN (OLD.file_key, NEW.file_key));
    DELETE FROM kept_sums
      WHERE folder_key IN (SELECT folder_key FROM files WHERE key IN (OLD.file_key, NEW.file_key));
  END;
  -- A proof changes what is told of a copy, and not whether there is one.
  CREATE TRIGGER stored_proven AFTER UPDATE OF proven, damaged_at ON stored
  WHEN EXISTS (SELECT 1 FROM kept_sums) BEGIN
    DELETE FROM kept_sums WHERE folder_key = (SELECT folder_key FROM files WHERE key = NEW.file_key);
  END;
  `,
  `
  -- Cards and what was copied off them: no ledger's index, but this installation's own memory, which the
  -- receipts in the jobs' folders outlive. volume, volume_bytes: as the card's file system tells them.
  CREATE TABLE cards (
    key INTEGER PRIMARY KEY, volume TEXT, volume_bytes INTEGER NOT NULL, name TEXT NOT NULL, maker TEXT,
    first_seen_at INTEGER NOT NULL, last_seen_at INTEGER NOT NULL
  );
  -- What a card held when it was last listed; b3: once it was read.
  CREATE TABLE card_files (
    card_key INTEGER NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL, modified INTEGER NOT NULL,
    b3 BLOB, state TEXT NOT NULL, PRIMARY KEY (card_key, path)
  ) WITHOUT ROWID;
  CREATE TABLE ingests (
    key INTEGER PRIMARY KEY, card_key INTEGER NOT NULL, job TEXT NOT NULL, begun_at INTEGER NOT NULL,
    ended_at INTEGER, listed_again INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE deliveries (job TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
  -- The job's folder on one device, and what lies there by its content.
  CREATE TABLE destinations (
    key INTEGER PRIMARY KEY, ingest_key INTEGER NOT NULL, root TEXT NOT NULL, device TEXT, volume TEXT
  );
  -- card_path, xxh64 and sha512 are for its receipt; told: a receipt in the job's folder names it.
  CREATE TABLE card_copies (
    key INTEGER PRIMARY KEY, destination_key INTEGER NOT NULL, path TEXT NOT NULL, card_path TEXT NOT NULL,
    b3 BLOB NOT NULL, xxh64 TEXT NOT NULL, sha512 BLOB NOT NULL, bytes INTEGER NOT NULL,
    modified INTEGER NOT NULL, proven INTEGER NOT NULL, at INTEGER NOT NULL, told INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX card_copies_by_content ON card_copies (b3);
  CREATE INDEX card_copies_by_look ON card_copies (bytes, modified);
  CREATE UNIQUE INDEX card_copies_by_path ON card_copies (destination_key, path);
  CREATE INDEX destinations_by_root ON destinations (root);
  `,
  `
  -- How fast a vault fills: what came into it in the last months, without looking at all that it holds.
  -- Its condition, which always holds, keeps it out of the plans of other questions.
  CREATE INDEX stored_by_age ON stored (vault_key, kept_at, bytes) WHERE kept_at > 0;
  -- How old the oldest version is that a vault lacks: the first sighting of it (ms), or where no vault has it
  -- the file's time (microseconds).
  ALTER TABLE kept_sums ADD COLUMN behind_since INTEGER;
  ALTER TABLE kept_sums ADD COLUMN behind_bare INTEGER;
  DELETE FROM kept_sums;
  `,
];
