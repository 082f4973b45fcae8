/** Volumes: mounted file systems, as all floors speak of them. */

export const buses = ['usb', 'mmc', 'pcie', 'sata', 'network', 'virtual'] as const;

/** How the device of a volume is connected. `virtual`: an image, or the disk of a virtual machine. */
export type Bus = (typeof buses)[number];

/** A mounted file system. What was mounted twice, or a part of it elsewhere, is one volume. */
export interface Volume {
  /** Another for each mounting: what was away and came back has another. */
  readonly id: string;
  readonly mountPoint: string;
  /** Every place where it shows, {@link mountPoint} among them; the last mounted last. */
  readonly mountPoints: readonly string[];
  /** What was mounted: a device file, an image, `server:/share`. */
  readonly source: string;
  /** As the system calls it: `ext4`, `exfat`, `fuseblk`, `nfs4`. */
  readonly fileSystem: string;
  /** What its owner called it. For people only: many cards bear the same one. */
  readonly label?: string;
  readonly uuid?: string;
  /** Both absent where the volume did not answer in time. */
  readonly totalBytes?: number;
  readonly freeBytes?: number;
  readonly readOnly: boolean;
  readonly bus: Bus;
  /** Made to be unplugged or taken out. */
  readonly removable: boolean;
  /** The physical device, by the same name each time: two volumes with one `device` are lost together. */
  readonly device: string;
  /** Maker and model, where the device tells. */
  readonly deviceName?: string;
  /** The system itself lives on its device. */
  readonly system: boolean;
}

/** A volume came, or is no longer there: unmounted, or pulled out while still listed as mounted. */
export interface VolumeEvent {
  readonly kind: 'appeared' | 'vanished';
  readonly volume: Volume;
}

/** Tells when volumes come and go. */
export interface VolumeWatch {
  /** Those that are there, as they were last looked at. */
  readonly volumes: readonly Volume[];
  /** Begins; resolves when all that is there is known, which `tell` does not hear of. */
  start(tell: (event: VolumeEvent) => void): Promise<void>;
  /** Something may be about to come: looks at once, and more often for a while. */
  hint(): void;
  /** Resolves when nothing is told any more. */
  stop(): Promise<void>;
}

/** What people call a volume: its label, else where it is mounted. */
export function nameOfVolume({ label, mountPoint }: Pick<Volume, 'label' | 'mountPoint'>): string {
  return label ?? mountPoint;
}
