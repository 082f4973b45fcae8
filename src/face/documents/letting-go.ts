/** The document of the verb that lets a drive go: eject. */
import * as v from 'valibot';
import { common, countOf } from './outcome.js';

export const ejectDocument = v.object({
  ...common,
  /** What the volume that was named is called. */
  volume: v.string(),
  /** All that is on the same drive, and goes with it. */
  volumes: v.array(v.object({ name: v.string(), mountPoint: v.string(), unmounted: v.boolean() })),
  safeToUnplug: v.boolean(),
  /** A share of another computer: there is nothing to unplug. */
  network: v.boolean(),
  poweredOff: v.boolean(),
  /** Who still uses it, as far as that can be seen. */
  users: v.array(v.object({ program: v.string(), pid: v.exactOptional(countOf), path: v.string() })),
});
export type EjectDocument = v.InferOutput<typeof ejectDocument>;
