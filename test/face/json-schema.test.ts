/**
 * The published JSON Schemas are those of the documents. `GLASSINE_WRITE_SCHEMAS=1` writes them anew; let
 * prettier format them.
 */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import test from 'ava';
import { documents } from '../../src/face/documents/registry.js';
import { verbs } from '../../src/face/verbs/registry.js';
import { projectRoot } from '../support/lying-mount.js';

const folder = join(projectRoot, 'docs', 'json-schema');

function schemaOf(name: keyof typeof documents): object {
  // What JSON Schema cannot say as our schemas do (that a moment is one) is said by its pattern or format.
  const schema = toJsonSchema(documents[name], { errorMode: 'throw' });
  const title = `glassine ${name} --json`;
  return { $id: `${name}.schema.json`, title, ...schema };
}

const names = Object.keys(documents) as (keyof typeof documents)[];

test.before(async () => {
  if (process.env['GLASSINE_WRITE_SCHEMAS'] === undefined) return;
  await mkdir(folder, { recursive: true });
  for (const name of names)
    await writeFile(join(folder, `${name}.schema.json`), JSON.stringify(schemaOf(name), undefined, 2));
});

for (const name of names) {
  test(`the published schema of ${name} is the one its documents follow`, async (t) => {
    const published = JSON.parse(await readFile(join(folder, `${name}.schema.json`), 'utf8')) as unknown;
    t.deepEqual(published, JSON.parse(JSON.stringify(schemaOf(name))));
  });
}

test('nothing else is published, and every verb is', async (t) => {
  t.deepEqual(
    (await readdir(folder)).sort(),
    names.map((name) => `${name}.schema.json`),
  );
  for (const verb of Object.keys(verbs)) t.true(verb in documents, verb);
});
