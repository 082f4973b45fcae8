/** Staying small: who runs all day must not hold at rest what it needed while it worked. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

let collect: Collect | undefined;

/**
 * Keeps the space for young objects from growing to tens of megabytes: V8 gives it back only after a long
 * rest. Costs some time while much is made and thrown away.
 */
export function staySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Collects old objects when there are two fifths more of them than the last collection left: V8 would wait
 * for several times as many. Who copies 200,000 files makes garbage all the time, and holds little.
 */
export function growSlowly(): void {
  setFlagsFromString('--heap-growing-percent=40');
}

/** Collects all garbage: tens of milliseconds. A running program collects only when it must. */
export function giveBackMemory(): void {
  if (!collect) {
    // V8 has no other way to be asked for this from inside.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
  }
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
