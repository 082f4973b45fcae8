/** Which volume a person means: by its mount point, label, UUID or device file. */
import type { Volume } from '../base/volumes.js';

export interface VolumeWish {
  /** As it was typed. */
  readonly text: string;
  /** The same as an absolute path, links followed where there is something. */
  readonly path: string;
}

/**
 * Every volume the words fit, none when there is none. Whoever names a mount point means that one alone;
 * labels count without capitals.
 */
export function volumesNamed(volumes: readonly Volume[], { text, path }: VolumeWish): Volume[] {
  const mounted = volumes.filter(({ mountPoints }) => mountPoints.includes(path));
  if (mounted.length > 0) return mounted;
  return volumes.filter(
    ({ label, uuid, source }) =>
      (label !== undefined && folded(label) === folded(text)) ||
      (uuid !== undefined && folded(uuid) === folded(text)) ||
      source === text,
  );
}

/** The volume a path lies on: the one mounted deepest above it. */
export function volumeHolding(volumes: readonly Volume[], path: string): Volume | undefined {
  let found: Volume | undefined;
  let depth = -1;
  for (const volume of volumes) {
    for (const mountPoint of volume.mountPoints) {
      if (mountPoint.length <= depth || !liesBelow(mountPoint, path)) continue;
      found = volume;
      depth = mountPoint.length;
    }
  }
  return found;
}

/** Whether a path is `folder` or below it. Both are absolute, with `/` between names. */
export function liesBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
