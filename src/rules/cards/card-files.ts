/** What the files of a card are, by where they lie and how they are called; never by what is in them. */

/**
 * - `picture`, `video`: what was taken.
 * - `part`: belongs to one of them: a sidecar, a voice memo, a preview, a track.
 * - `housekeeping`: the camera's own, without which clips cannot be joined again.
 * - `computer`: left there by a computer. Not copied, but reported; pictures in a wastebasket by name.
 * - `unknown`: nothing we know. It is copied, and it holds the card as a picture does.
 */
export type CardFileKind = 'picture' | 'video' | 'part' | 'housekeeping' | 'computer' | 'unknown';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const pictures = words(
  '3fr ari arw avif bay cap cr2 cr3 crw dcr dcs dng erf fff gpr heic heif hif iiq insp jfif jpe jpeg' +
    ' jpg jxl k25 kdc mef mos mpo mrw nef nrw orf ori pef ptx raf raw rw2 rwl rwz sr2 srf srw tif tiff x3f',
);
const videos = words('360 avi braw cine crm insv m2t m2ts m4v mov mp4 mpg mts mxf nev r3d wmv');
const parts = words(
  'aac bim cpi ctg gis gps lrf lrv m4a mp3 nksc pp3 scr smi srt sub thm wav xml xmp dop cos',
);

/** Folders of makers in which everything is the camera's own; matched from the root, in small letters. */
const housekeepingFolders =
  /^(misc|avf_info|avf_escp|fgps|nikon|dcim\/canonmsc|xfvc\/canonmsc|crm\/canonmsc|private\/(sony|database|pana_grp|m4root\/(thmbnl|general|take))|private\/avchd\/bdmv\/(clipinf|playlist))\//;

/** What computers leave on everything that is put into them, at the root or anywhere. */
const computerFolders =
  /^(\.trashes|\.trash-\d+|\.trash|\.spotlight-v100|\.fseventsd|\.temporaryitems|\.documentrevisions-v100|system volume information|\$recycle\.bin|recycler|lost\.dir)(\/|$)/;
const wastebasket = /^(\.trashes|\.trash-\d+|\.trash|\$recycle\.bin|recycler)\//;
const computerNames = words('.ds_store thumbs.db desktop.ini .volumeicon.icns .metadata_never_index');

/** The kind of a file by its path on the card, with `/`. */
export function kindOfCardFile(path: string): CardFileKind {
  const small = path.toLowerCase();
  if (isOfComputer(small)) return 'computer';
  const extension = extensionOf(small);
  if (housekeepingFolders.test(small)) return 'housekeeping';
  if (pictures.has(extension)) return 'picture';
  if (videos.has(extension)) return 'video';
  if (parts.has(extension)) return isClipIndex(small) ? 'housekeeping' : 'part';
  if (isHousekeeping(small)) return 'housekeeping';
  return 'unknown';
}

/** A picture that somebody threw away on a computer, with the card in it: reported, and no copy of it. */
export function isThrownAwayPicture(path: string): boolean {
  const small = path.toLowerCase();
  const kind = nameOf(small).startsWith('._') ? undefined : extensionOf(small);
  return wastebasket.test(small) && kind !== undefined && (pictures.has(kind) || videos.has(kind));
}

function isOfComputer(small: string): boolean {
  const name = nameOf(small);
  return computerFolders.test(small) || name.startsWith('._') || computerNames.has(name);
}

/** MEDIAPRO.XML and its like say which clips are one take. */
function isClipIndex(small: string): boolean {
  return /^private\/m4root\/[^/]+$|^xdroot\/[^/]+$/.test(small);
}

function isHousekeeping(small: string): boolean {
  if (!small.includes('/')) return /\.(csd|dsc|url|inf|txt|bin|ind|dat)$/.test(small);
  return /^(private|xdroot|xfvc|crm|contents|mp_root)\//.test(small) || /\/nc_fllst\.dat$/.test(small);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function extensionOf(path: string): string {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1) : '';
}

/** Files that are one picture or clip: the same folder and the same name before the ending. */
export function stemOf(path: string): string {
  const end = path.lastIndexOf('.');
  return end > path.lastIndexOf('/') + 1 ? path.slice(0, end) : path;
}
