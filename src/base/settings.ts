/** What a person has set: the folders they protect and the places that keep them. Jobs are handed these. */

/** A protected folder. `id` is the uuid that ledgers use; `volume` its file system's UUID when added. */
export interface SourceSetting {
  readonly id: string;
  readonly name: string;
  /** Absolute: where it was last seen. */
  readonly root: string;
  readonly volume?: string;
  /** The root's path below the mount point of its volume, `/` between names; empty for the volume itself. */
  readonly inside?: string;
}

export const media = ['ssd', 'hdd', 'nas', 'cloud'] as const;

/** What kind of thing a vault lies on. */
export type Medium = (typeof media)[number];

/** `retired`: it gets nothing new, is never due, and stays searchable for ever. */
export const vaultStates = ['active', 'retired'] as const;
export type VaultState = (typeof vaultStates)[number];

/** A place that keeps versions, known by the id in its marker; `folder` is where it was last seen. */
export interface VaultSetting {
  readonly id: string;
  readonly name: string;
  /** The folder that holds the marker `vault.json`. Absolute. */
  readonly folder: string;
  readonly medium?: Medium;
  /** Where it physically is, in the person's words: "studio", "safe". */
  readonly place?: string;
  readonly offSite?: boolean;
  /** It should be seen again at the latest so many days after it was last seen. */
  readonly dueDays?: number;
  /** The rotation it belongs to: vaults of one group take turns. */
  readonly group?: string;
  /** Absent: active. */
  readonly state?: VaultState;
  /** The UUID of the file system on which it was last seen, where that tells one. */
  readonly volume?: string;
  /** The folder's path below the mount point of that volume, as of a source. */
  readonly inside?: string;
}

/** Whether a vault takes part in what is done by itself. */
export function isActive(vault: Pick<VaultSetting, 'state'>): boolean {
  return vault.state !== 'retired';
}
