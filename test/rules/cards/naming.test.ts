/** Templates of names. */
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import {
  fillTemplate,
  type NameTemplate,
  parseTemplate,
  portableName,
  type ShotFacts,
  tokens,
} from '../../../src/rules/cards/naming.js';

const facts: ShotFacts = {
  takenAtMs: Date.UTC(2026, 2, 20, 9, 5, 3),
  camera: 'EOS R5',
  maker: 'Canon',
  job: 'Smith wedding',
  card: 'CARD_A',
  folder: '100CANON',
  name: 'IMG_0042',
  counter: 7,
};

function template(t: ExecutionContext, text: string): NameTemplate {
  const read = parseTemplate(text);
  if ('fault' in read) throw new Error(read.fault);
  t.is(read.text, text);
  return read;
}

test('a template that cannot be filled is refused with what is wrong', (t) => {
  const wrong = {
    '': 'a name in it is empty',
    'a//{name}': 'a name in it is empty',
    '/{name}': 'a name in it is empty',
    '../{name}': '.. leads elsewhere',
    './{name}': '. leads elsewhere',
    '{nam}': '{nam} is not known',
    '{toString}': '{toString} is no token',
    '{name:3}': '{name} takes no number of digits',
    '{name': '{name is no token',
    '{}{name}': '{} is no token',
    '{counter:0}': '{counter:0} is no token',
    '{name}/{date}':
      'the last name needs {name}, {number}, {counter} or {time}, or all pictures have one name',
  };
  for (const [text, fault] of Object.entries(wrong)) t.deepEqual(parseTemplate(text), { fault }, text);
});

test('a template is filled with what is known of the picture', (t) => {
  const filled = {
    '{folder}/{name}': '100CANON/IMG_0042',
    '{date} {job}/{maker} {camera}/{counter}': '2026-03-20 Smith wedding/Canon EOS R5/0007',
    '{year}/{month}/{day}/{hour}{minute}{second}_{number}': '2026/03/20/090503_0042',
    '{time}-{counter:6}': '090503-000007',
    'just {name} (copy)': 'just IMG_0042 (copy)',
    '{card}/{name}': 'CARD_A/IMG_0042',
  };
  for (const [text, name] of Object.entries(filled)) t.is(fillTemplate(template(t, text), facts), name, text);
});

test('every token is filled', (t) => {
  for (const token of Object.keys(tokens)) {
    const name = fillTemplate(template(t, `{${token}} {name}`), facts);
    t.false(/[{}]/.test(name), name);
  }
});

test('what is not known has words of its own, and makes no folders', (t) => {
  const { camera, maker, ...rest } = facts;
  t.truthy(camera && maker);
  t.is(fillTemplate(template(t, '{maker}/{camera}/{name}'), rest), 'unknown maker/unknown camera/IMG_0042');
  const odd = { ...facts, camera: 'X/T\\5', job: ' a: b? ' };
  t.is(fillTemplate(template(t, '{camera}/{job}/{name}'), odd), 'X-T-5/a- b-/IMG_0042');
  t.is(fillTemplate(template(t, '{number}'), { ...facts, name: 'DSC' }), 'DSC');
});

test('names can be held by every volume', (t) => {
  t.is(portableName('a<b>c:d"e|f?g*h'), 'a-b-c-d-e-f-g-h');
  t.is(portableName('end. . '), 'end');
  t.is(portableName('...'), '_');
  t.not(portableName('CON'), 'CON');
  const check = fc.property(fc.string({ unit: 'binary' }), (name) => {
    const made = portableName(name);
    return made !== '' && !/[/\\:*?"<>|]|[. ]$/.test(made) && Buffer.byteLength(made) <= 255;
  });
  t.notThrows(() => fc.assert(check));
});
