/** Every row of the table, in an order in which rows of the same corpus follow each other. */
import type { Bench } from '../bench.js';
import { agentAnswer, agentStart } from './agent.js';
import { listAll, listFolder, historyOfFile } from './asking.js';
import {
  changed,
  entriesUnchanged,
  firstOfEntries,
  firstOfLibrary,
  firstOfShoot,
  unchanged,
} from './backup.js';
import { verifiedCopy } from './copy.js';
import { restoreOf, scrub } from './give-back.js';
import { hashCold, hashWarm } from './hash.js';
import { offload } from './offload.js';
import { pageCache } from './page-cache.js';
import type { Row } from './row.js';

export function allRows(bench: Bench): Row[] {
  return [
    hashWarm(bench, 2),
    hashWarm(bench, 1),
    hashCold(bench),
    verifiedCopy(bench, 'cold'),
    verifiedCopy(bench, 'warm'),
    offload(bench),
    firstOfShoot(bench),
    scrub(bench),
    restoreOf(bench, 'shoot'),
    pageCache(bench),
    firstOfLibrary(bench),
    unchanged(bench, 'warm'),
    unchanged(bench, 'cold'),
    changed(bench),
    restoreOf(bench, 'library'),
    listFolder(bench),
    listAll(bench),
    historyOfFile(bench),
    firstOfEntries(bench),
    entriesUnchanged(bench),
    agentStart(bench),
    agentAnswer(bench),
  ];
}

/** Those whose id begins as one of the texts does; all without any. Throws where one fits none. */
export function chosenRows(rows: readonly Row[], only: readonly string[]): Row[] {
  for (const text of only) {
    if (!rows.some(({ id }) => id.startsWith(text))) {
      throw new Error(`no row begins with ${text}; there are ${rows.map(({ id }) => id).join(', ')}`);
    }
  }
  return rows.filter(({ id }) => only.length === 0 || only.some((text) => id.startsWith(text)));
}
