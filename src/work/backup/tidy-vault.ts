/** Bringing a vault's folders up to date without copying a byte: moves, removals, links, folders, times. */
import { GlassineError } from '../../base/errors.js';
import { targetBytes } from '../../base/paths.js';
import type { SourceSetting } from '../../base/settings.js';
import type { LeftoverRow, MissingRow, SourceRow } from '../../store/catalog/types.js';
import { lineOfPath } from '../../store/ledger/line-paths.js';
import type { NewLine } from '../../store/ledger/lines.js';
import { asProblem } from '../../store/vault/vault-errors.js';
import type { WorkDeps } from '../deps.js';
import type { OpenTarget } from '../parts/vault-target.js';

const linesAtOnce = 256;

/**
 * Order matters: a moved file's former self must still lie where it was, and what was removed must have gone
 * before
 * a folder or a link can take its name.
 */
export async function tidyVault(
  deps: WorkDeps,
  source: { setting: SourceSetting; row: SourceRow },
  target: OpenTarget,
): Promise<void> {
  const tidy = new Tidy(deps, source.row, target);
  // Mostly nothing has changed, and to know that takes one look.
  const lacking = deps.catalog.work.missingTotals(source.row.key, [target.vaultKey]).files > 0;
  const known = lacking ? await tidy.known((missing) => tidy.moveOrTouch(missing)) : 0;
  await tidy.retire();
  if (known > 0) await tidy.known((missing) => tidy.linkOrFolder(missing));
}

/** Says of files that this vault never had that their source no longer has them. */
export async function retireUntold(
  deps: WorkDeps,
  source: { row: SourceRow },
  target: OpenTarget,
): Promise<void> {
  for (let after = -1; ;) {
    const untold = deps.catalog.work.untold(source.row.key, { after, limit: linesAtOnce });
    const last = untold.at(-1);
    if (!last) return;
    after = last.fileKey;
    const lines = untold.map(({ path, isFolder }): NewLine => {
      const kind = isFolder ? { kind: 'folder' as const } : {};
      return { do: 'retire', source: source.row.id, ...lineOfPath(path), ...kind };
    });
    await target.commit(lines);
  }
}

class Tidy {
  #lines: NewLine[] = [];
  /** Slots that lines of this batch already take away or fill. */
  readonly #claimed = new Set<number>();

  constructor(
    readonly deps: WorkDeps,
    readonly row: SourceRow,
    readonly target: OpenTarget,
  ) {}

  /**
   * Goes through everything missing whose content is known, and commits the lines that `plan` makes of it.
   * Resolves with how much that was.
   */
  async known(plan: (missing: MissingRow) => Promise<NewLine | undefined>): Promise<number> {
    const { catalog } = this.deps;
    let count = 0;
    for (let afterFile = -1; ;) {
      const page = { vaultKeys: [this.target.vaultKey], afterFile, limit: linesAtOnce, known: true };
      const rows = catalog.work.missing(this.row.key, page);
      for (const missing of rows) {
        const line = await plan(missing);
        if (line) this.#lines.push(line);
      }
      await this.#commit();
      count += rows.length;
      const last = rows.at(-1);
      if (!last) return count;
      afterFile = last.seen.fileKey;
    }
  }

  async moveOrTouch(missing: MissingRow): Promise<NewLine | undefined> {
    const { seen, slot, path } = missing;
    if (seen.kind !== 'file' || seen.b3 === undefined) return undefined;
    const common = { source: this.row.id, ...lineOfPath(path), modified: seen.modifiedUs };
    if (slot?.b3 === seen.b3 && slot.stored !== undefined) {
      const { bytes, b3, stored, evidence } = slot;
      return { do: 'keep', ...common, bytes, b3, stored, evidence };
    }
    const { vaultKey, placing } = this.target;
    const former = this.deps.catalog.work.leftoverWith(seen.b3, {
      vaultKey,
      sourceKey: this.row.key,
      except: [...this.#claimed],
    });
    if (former?.slot.stored === undefined) return undefined;
    if (slot?.stored === undefined && placing.isBlocked(path)) {
      // The way is free only after removals, and then this file has no former self: it is copied.
      return undefined;
    }
    this.#claimed.add(former.slot.key);
    const was = lineOfPath(former.path);
    this.target.tally.moved += 1;
    return {
      do: 'move',
      ...common,
      was: was.path,
      ...(was.raw && { wasRaw: was.raw }),
      stored: slot?.stored ?? (await placing.picture(path)),
      from: former.slot.stored,
      ...(await this.#asideOf(slot)),
    };
  }

  async #asideOf(slot: MissingRow['slot']): Promise<{ aside?: string }> {
    if (slot?.stored === undefined || slot.kind === 'folder') return {};
    return { aside: await this.target.placing.aside(slot.stored, slot.keptAt) };
  }

  /** Everything the vault still shows although the source no longer has it goes aside. */
  async retire(): Promise<void> {
    const { catalog } = this.deps;
    for (let after = -1; ;) {
      const options = { sourceKey: this.row.key, after, limit: linesAtOnce };
      const rows = catalog.work.leftovers(this.target.vaultKey, options);
      for (const row of rows) this.#lines.push(await this.#retirement(row));
      await this.#commit();
      const last = rows.at(-1);
      if (!last) break;
      after = last.slot.key;
    }
    this.target.placing.forgetFolders();
  }

  async #retirement({ path, isFolder, slot }: LeftoverRow): Promise<NewLine> {
    if (!isFolder) this.target.tally.retired += 1;
    return {
      do: 'retire',
      source: this.row.id,
      ...lineOfPath(path),
      ...(isFolder && { kind: 'folder' as const }),
      ...(slot.stored !== undefined && { stored: slot.stored }),
      ...(await this.#asideOf(slot)),
    };
  }

  async linkOrFolder({ path, seen, slot }: MissingRow): Promise<NewLine | undefined> {
    const { placing, vault } = this.target;
    const common = { source: this.row.id, ...lineOfPath(path), bytes: 0, modified: seen.modifiedUs };
    if (seen.kind === 'folder')
      return { do: 'keep', ...common, kind: 'folder', stored: await placing.emptyFolder(path) };
    if (seen.kind !== 'link') return undefined;
    const target = seen.target ?? '';
    this.target.tally.kept += 1;
    const aside = await this.#asideOf(slot);
    if (!vault.rules.links) {
      // It takes no place of its own: what lies in the slot leaves it by a line that says from where.
      const place = { source: this.row.id, ...lineOfPath(path) };
      if (slot?.stored !== undefined)
        this.#lines.push({ do: 'retire', ...place, stored: slot.stored, ...aside });
      return { do: 'keep', ...common, kind: 'link', target };
    }
    const stored = slot?.stored ?? (await placing.picture(path));
    const from = vault.incomingName();
    await this.#makeLink(from, target);
    return { do: 'keep', ...common, kind: 'link', target, stored, from, ...aside };
  }

  async #makeLink(from: string, target: string): Promise<void> {
    const step = { do: 'link', path: this.target.vault.absolute(from), target: targetBytes(target) } as const;
    const [error] = await this.deps.native.arrange([step]);
    if (error) throw new GlassineError(asProblem(error, this.target.tally.name));
  }

  async #commit(): Promise<void> {
    const lines = this.#lines;
    this.#lines = [];
    this.#claimed.clear();
    if (lines.length === 0) return;
    await this.target.commit(lines);
  }
}
