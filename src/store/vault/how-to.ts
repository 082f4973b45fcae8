/** The letter that lies in every vault, for a person who has the drive and nothing else. */

export const howToText = `HOW TO GET YOUR PICTURES BACK

This folder was filled by Glassine, which keeps every version of your picture folders. You do not need
Glassine to get them back: everything in here is plain files. Any computer that can read this drive can
copy them.


1. Your newest pictures

   Open the folder "Pictures". Inside is one folder for each folder that was protected, and in it the same
   folders and files as you had, with the same contents. Copy what you need to another disk. That is all.


2. Older versions, and pictures that were deleted

   Open the folder "Versions". It has the same folders again. Each file in it is an earlier version, and
   its name says when it was kept, in universal time (UTC):

      IMG_0001 (2026-11-21 18.26.03Z).xmp

   is IMG_0001.xmp as it was kept on 21 November 2026 at 18:26:03. Copy it and take the part in
   parentheses out of the name. A number after the time, such as " 2", only tells apart two versions kept
   in the same second.


3. Checking that a file is what it was

   The folder "Ledger" holds text files that end in ".jsonl". Each line tells one thing that was done. A
   line with "do":"keep" says that a file was kept: "path" is its name and folder at home, "stored" is
   where it was put in this folder, and "b3" is its fingerprint, 64 letters and digits.

   To check a file, get the program b3sum (it is free: https://github.com/BLAKE3-team/BLAKE3) and run

      b3sum "Pictures/..."

   The answer has to be the "b3" of the newest line that names the file. If it is, every bit is as it was
   kept.


4. Names that look strange

   Some names cannot exist on every drive. A file that had such a name lies here under a similar one; its
   true name is the "path" in the ledger. A path that is marked "raw" was not text: in it, %41 stands for
   the byte with the hexadecimal number 41. Links (aliases, shortcuts) that this drive cannot hold are
   only in the ledger: lines with "kind":"link", where "target" is what they pointed to.


5. What else lies here

   "Incoming" holds files that were being written when the drive was last used. Usually it is empty. When
   it is not, and a line of the ledger has the file's place as its "from", that file is whole: it was only
   not renamed yet to the place that "stored" says.

   "vault.json" is how Glassine recognises this folder. Please leave it, and do not rename things in here
   while Glassine still uses the drive. Copying them out is always safe.


Everything about this format, with a way to do all of the above from a command line, is in the file
docs/FORMAT.md of the Glassine project.
`;
