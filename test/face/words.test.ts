/** Names, moments and tables for people. */
import test from 'ava';
import { columns, listed, localTime, placeOf, printable, quoted } from '../../src/face/words.js';

test('names that could harm a terminal are shown, not obeyed', (t) => {
  t.is(printable('a\tb\r\nc'), 'a\\tb\\r\\nc');
  t.is(printable('\u0000\u007f\u009b31m'), '\\u{0}\\u{7f}\\u{9b}31m');
  t.is(printable('Zoë 🎞 写真.jpg'), 'Zoë 🎞 写真.jpg');
});

test('arguments can be pasted into a shell', (t) => {
  t.is(quoted('/media/ann/DRIVE'), '/media/ann/DRIVE');
  t.is(quoted("Ann's drive; rm -rf ~"), "'Ann'\\''s drive; rm -rf ~'");
});

test('lists read as people write them', (t) => {
  t.is(listed([]), '');
  t.is(listed(['a']), 'a');
  t.is(listed(['a', 'b', 'c']), 'a, b and c');
});

test('a path whose bytes are not text is named so that it can be typed', (t) => {
  t.is(placeOf('Photos', '2026/a.jpg'), 'Photos/2026/a.jpg');
  t.is(placeOf('Photos', '/2026/%FF.jpg'), 'Photos//2026/%FF.jpg');
  t.is(placeOf('Photos', ''), 'Photos');
});

test('moments are shown in the time of this computer', (t) => {
  t.is(localTime('2026-11-21T18:26:03.120Z'), '2026-11-21 18:26:03');
  t.is(localTime('nonsense'), 'nonsense');
});

test('columns line up, also for wide letters and marks', (t) => {
  const rows = [
    ['写真', '1', 'x'],
    ['abcd', '1,000', 'y'],
    ['e\u0301', '22', 'z'],
  ];
  t.deepEqual(columns(rows, [1]), ['写真      1  x', 'abcd  1,000  y', 'e\u0301        22  z']);
});
