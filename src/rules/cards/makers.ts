/** How makers lay out their cards: which folders only a camera makes, and whose they are. */

/** DCF 2.0 (JEITA CP-3461): three digits from 100 on, and five characters of the maker's own. */
export const dcfFolder = /^[1-9]\d\d[0-9a-z_]{5}$/i;

interface Layout {
  readonly maker: string;
  /** Folders in `DCIM` that are this maker's, whether their names are DCF's or not. */
  readonly pictures: RegExp;
}

const layouts: readonly Layout[] = [
  { maker: 'Canon', pictures: /^\d{3}(canon|eos)/i },
  { maker: 'Sony', pictures: /^\d{3}msdcf$/i },
  { maker: 'Nikon', pictures: /^\d{3}(nikon|nc|nd|d\d{3,4}_?|nz)/i },
  { maker: 'Fujifilm', pictures: /^\d{3}_fuji$/i },
  { maker: 'Panasonic', pictures: /^\d{3}_pana$/i },
  { maker: 'GoPro', pictures: /^\d{3}gopro$/i },
  { maker: 'DJI', pictures: /^(dji_\d{3,}|\d{3}media|panorama|hyperlapse)$/i },
  { maker: 'OM System', pictures: /^\d{3}(olymp|omsys)$/i },
  { maker: 'Pentax', pictures: /^\d{3}(pentx|ricoh)$/i },
  { maker: 'Leica', pictures: /^\d{3}leica$/i },
  { maker: 'Hasselblad', pictures: /^\d{3}hasbl$/i },
  { maker: 'Sigma', pictures: /^\d{3}sigma$/i },
];

/** Whose picture folder this is, by its name in `DCIM`; `undefined` for one that any camera may make. */
export function makerOf(pictureFolder: string): string | undefined {
  return layouts.find(({ pictures }) => pictures.test(pictureFolder))?.maker;
}

interface Sign {
  /** A path from the root, in small letters; `*` stands for the rest of a name. */
  readonly path: string;
  readonly maker?: string;
}

/** Folders that nothing but a camera makes. */
export const strongSigns: readonly Sign[] = [
  { path: 'private/m4root', maker: 'Sony' },
  { path: 'xdroot/clip', maker: 'Sony' },
  { path: 'avf_info', maker: 'Sony' },
  { path: 'private/avchd/bdmv' },
  { path: 'xfvc/reel_*', maker: 'Canon' },
  { path: 'crm/reel_*', maker: 'Canon' },
  { path: 'dcim/canonmsc', maker: 'Canon' },
  { path: 'private/pana_grp', maker: 'Panasonic' },
  { path: 'contents/clips*', maker: 'Canon' },
  { path: 'mp_root' },
];

/** Folders that cameras make and others do too. */
export const weakSigns: readonly Sign[] = [
  { path: 'dcim' },
  { path: 'misc' },
  { path: 'private' },
  { path: 'fgps' },
];

/** Signs of what is no card, whatever else lies there. */
export const otherThings: readonly { readonly path: string; readonly what: string }[] = [
  { path: 'android', what: 'a phone or tablet' },
  { path: 'dcim/camera', what: 'a phone or tablet' },
  { path: 'dcim/.thumbnails', what: 'a phone or tablet' },
  { path: 'dcim/*apple', what: 'a phone or tablet' },
  { path: 'itunes_control', what: 'a phone or tablet' },
  { path: 'boot', what: 'a disk to start a computer from' },
  { path: 'efi', what: 'a disk to start a computer from' },
  { path: 'casper', what: 'a disk to start a computer from' },
  { path: 'windows', what: 'a disk to start a computer from' },
  { path: 'users', what: 'a disk with somebody’s files' },
  { path: 'glassine', what: 'a drive that keeps versions' },
  { path: 'backups.backupdb', what: 'a backup drive' },
];

/** Whether a path, in small letters, is what a sign says. */
export function matchesSign(path: string, sign: string): boolean {
  if (!sign.includes('*')) return path === sign;
  const star = sign.indexOf('*');
  const before = sign.slice(0, star);
  const after = sign.slice(star + 1);
  const rest = path.slice(before.length);
  return path.startsWith(before) && rest.endsWith(after) && !rest.includes('/');
}
