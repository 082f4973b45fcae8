/** Drives that were plugged in and get what they lack: noticed until they are up to date, which is told once. */
import type { News } from '../base/events.js';
import type { BackupReport } from '../work/backup/report.js';
import type { Installation } from './installation.js';

interface Sum {
  files: number;
  bytes: number;
}

export class CatchingUp {
  /** By the ids of the vaults: what they got since they came. */
  readonly #waiting = new Map<string, Sum>();

  /** It is there now. */
  begin(id: string): void {
    this.#waiting.set(id, { files: 0, bytes: 0 });
  }

  /** It is gone, or takes part no more. */
  drop(id: string): void {
    this.#waiting.delete(id);
  }

  /**
   * What is to be told after a pass: the vaults that lack nothing any more of any source that is set, also of
   * those that are away just now.
   */
  after(report: BackupReport, { catalog, config }: Pick<Installation, 'catalog' | 'config'>): News[] {
    const news: News[] = [];
    for (const [id, sum] of this.#waiting) {
      const name = config.current.vaults.find((vault) => vault.id === id)?.name;
      const share = report.vaults.find((vault) => vault.name === name);
      if (name === undefined || share === undefined) continue;
      sum.files += share.kept;
      sum.bytes += share.bytesCopied;
      if (share.problem || this.#lacks(catalog, config.current.sources, id)) continue;
      this.#waiting.delete(id);
      news.push({ kind: 'up-to-date', name, ...sum });
    }
    return news;
  }

  #lacks(
    catalog: Installation['catalog'],
    sources: readonly { readonly id: string }[],
    vaultId: string,
  ): boolean {
    const vault = catalog.vault(vaultId);
    if (!vault) return true;
    return sources.some(({ id }) => {
      const source = catalog.source(id);
      return !source || catalog.work.keptSummary(source.key, vault.key).behindFiles > 0;
    });
  }
}
