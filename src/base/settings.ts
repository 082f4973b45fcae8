/** What a person has set: the folders they protect and the places that keep them. Jobs are handed these. */

/** A protected folder. `id` is the uuid that ledgers use; `volume` its file system's UUID when added. */
export interface SourceSetting {
  readonly id: string;
  readonly name: string;
  /** Absolute. */
  readonly root: string;
  readonly volume?: string;
}

export const media = ['ssd', 'hdd', 'nas', 'cloud'] as const;

/** What kind of thing a vault lies on. */
export type Medium = (typeof media)[number];

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
}
