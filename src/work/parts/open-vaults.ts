/** Opening the vaults of a job: those that can be, caught up in the catalog; and why the others could not. */
import { GlassineError, isOurs, type Problem } from '../../base/errors.js';
import type { VaultSetting } from '../../base/settings.js';
import type { LedgerLine, LedgerPosition } from '../../store/ledger/lines.js';
import { openVault } from '../../store/vault/open-vault.js';
import type { Vault } from '../../store/vault/types.js';
import type { WorkDeps } from '../deps.js';

export interface OpenedVault {
  readonly setting: VaultSetting;
  readonly vault: Vault;
  /** Its row in the catalog. */
  readonly key: number;
}

export interface OpenedVaults {
  readonly open: readonly OpenedVault[];
  /** A problem for each of the others; its `subject` is the vault's name. */
  readonly away: readonly Problem[];
}

/**
 * Opens each vault and applies what its ledgers say that the catalog does not know yet: lines of other
 * computers, and our own from before a crash. `readOnly` writes nothing, so that a vault that refuses writing
 * can be read. Whoever calls closes what is open, also after errors. Throws what is no vault's problem.
 */
export async function openVaults(
  deps: WorkDeps,
  settings: readonly VaultSetting[],
  options: { readonly readOnly?: boolean } = {},
): Promise<OpenedVaults> {
  const open: OpenedVault[] = [];
  const away: Problem[] = [];
  for (const setting of settings) {
    const refused = deps.refused?.get(setting.id);
    if (refused) {
      away.push({ ...refused, subject: setting.name });
      continue;
    }
    try {
      open.push(await openOne(deps, setting, options.readOnly ?? false));
    } catch (error) {
      if (!(error instanceof GlassineError) || isOurs(error)) {
        for (const { vault } of open) await vault.close();
        throw error;
      }
      away.push({ ...error.problem, subject: setting.name });
    }
  }
  return { open, away };
}

async function openOne(deps: WorkDeps, setting: VaultSetting, readOnly: boolean): Promise<OpenedVault> {
  const { catalog, clock, native, writer } = deps;
  const known = catalog.vault(setting.id);
  const positions = known ? catalog.positions(known.key) : [];
  const vault = await openVault({
    ...{ root: setting.folder, id: setting.id, name: setting.name, writer, native, clock, readOnly },
    known: new Map(
      positions.map(({ writer: each, n, link }): [string, LedgerPosition] => [each, { n, link }]),
    ),
  });
  try {
    const { key } = catalog.putVault({ id: setting.id, name: setting.name, seenAt: clock.now() });
    catchUp(deps, vault);
    return { setting, vault, key };
  } catch (error) {
    await vault.close();
    throw error;
  }
}

/**
 * Applies every sound line that the catalog does not know, of every writer: where one goes on with another's
 * source, the lines that came before it first.
 */
export function catchUp(deps: WorkDeps, vault: Vault): void {
  const key = deps.catalog.vaultKey(vault.id);
  const ends = new Map(vault.ledgers.map(({ writer, position }) => [writer, position.n]));
  const busy = new Set<string>();
  const advance = (writer: string, upTo: number): void => {
    const applied = deps.catalog.position(key, writer)?.n ?? 0;
    if (applied >= upTo || busy.has(writer)) return;
    busy.add(writer);
    deps.catalog.apply(vault.id, writer, linesOf(writer, applied, upTo));
    busy.delete(writer);
  };
  function* linesOf(writer: string, after: number, upTo: number): Generator<LedgerLine> {
    for (const line of vault.readLines(writer, after)) {
      if (line.n > upTo) return;
      const before = line.do === 'source' ? line.after : undefined;
      if (before) advance(before.writer, Math.min(before.n, ends.get(before.writer) ?? 0));
      yield line;
    }
  }
  for (const [writer, end] of ends) advance(writer, end);
}
