/**
 * A ledger written anew, in our `Incoming/` until it is whole; those it replaces are set aside and never
 * deleted.
 */
import { toStamp } from '../../base/time.js';
import { entryAt } from '../../platform/entries.js';
import { removeTree } from '../../platform/files.js';
import type { Step } from '../../platform/native.js';
import { startOfLedger } from '../../store/ledger/chain.js';
import { LedgerWriter, type LineToAppend } from '../../store/ledger/writer.js';
import { machineError } from '../../store/vault/vault-errors.js';
import type { WorkDeps } from '../deps.js';

const linesAtOnce = 1_024;

export class FreshLedger {
  readonly #deps: WorkDeps;
  readonly #root: string;
  readonly #folder: string;
  readonly #writer: LedgerWriter;
  #waiting: LineToAppend[] = [];

  private constructor(deps: WorkDeps, root: string, place: { folder: string; writer: LedgerWriter }) {
    this.#deps = deps;
    this.#root = root;
    this.#folder = place.folder;
    this.#writer = place.writer;
  }

  /**
   * Begins a ledger for the vault at `root`; what an earlier attempt left is removed. Throws errors of the
   * machine.
   */
  static async begin(deps: WorkDeps, root: string): Promise<FreshLedger> {
    const { native, clock } = deps;
    const folder = `${root}/Incoming/${deps.writer}/new-ledger`;
    await removeTree(folder);
    await arrange(deps, [{ do: 'folder', path: folder }]);
    const nothing = { position: startOfLedger, tail: undefined, unsettled: [], lastAt: '' };
    const writer = await LedgerWriter.open(folder, nothing, { hash: (bytes) => native.hash(bytes), clock });
    return new FreshLedger(deps, root, { folder, writer });
  }

  async append(lines: readonly LineToAppend[]): Promise<void> {
    this.#waiting.push(...lines);
    if (this.#waiting.length >= linesAtOnce) await this.#write();
  }

  async #write(): Promise<void> {
    const lines = this.#waiting;
    this.#waiting = [];
    if (lines.length > 0) await this.#writer.append(lines);
  }

  /**
   * Puts the ledger in its place, after the ledgers of `replaced` writers were set aside. Resolves with the
   * names they have now. In between there is no ledger of ours: an installation that knows of one then writes
   * nothing.
   */
  async finish(replaced: readonly string[]): Promise<string[]> {
    await this.#write();
    // Everything it tells of lies in its place already.
    const upTo = this.#writer.position.n;
    await this.#writer.append([{ line: { do: 'settled', upTo } }]);
    await this.#writer.close();
    const ledgers = `${this.#root}/Ledger`;
    const stamp = toStamp(this.#deps.clock.now());
    const aside: string[] = [];
    for (const name of replaced) {
      if (!(await entryAt(`${ledgers}/${name}`))) continue;
      const to = `${name} (set aside ${stamp})`;
      await arrange(this.#deps, [{ do: 'rename', from: `${ledgers}/${name}`, to: `${ledgers}/${to}` }]);
      aside.push(to);
    }
    await arrange(this.#deps, [
      { do: 'folder', path: ledgers },
      { do: 'rename', from: this.#folder, to: `${ledgers}/${this.#deps.writer}` },
      { do: 'flushFolder', path: ledgers },
    ]);
    return aside;
  }

  /** Gives up; what was written goes. */
  async discard(): Promise<void> {
    await this.#writer.close();
    await removeTree(this.#folder);
  }
}

async function arrange({ native }: WorkDeps, steps: readonly Step[]): Promise<void> {
  const failed = (await native.arrange(steps)).find((error) => error !== null);
  if (failed) throw machineError(failed);
}
