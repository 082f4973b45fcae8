/** Which rule counts for a card that comes. */
import test from 'ava';
import { noCardSettings, ruleFor, withException } from '../../../src/rules/cards/card-rule.js';
import type { CardSettings } from '../../../src/rules/cards/card-rule.js';

const set: CardSettings = { rule: 'always', destinations: [{ folder: '/a' }], exceptions: [] };
const card = { name: 'EOS_DIGITAL', volume: '1234-ABCD' };

test('without a place to copy it to, a card is told of and not copied', (t) => {
  t.is(ruleFor({ ...set, destinations: [] }, card), 'ask');
  t.is(ruleFor(withException({ ...set, destinations: [] }, card, 'always'), card), 'ask');
});

test('nobody who set nothing has cards copied', (t) => {
  t.is(ruleFor(noCardSettings, card), 'ask');
});

test('the rule of one card is not that of another with the same name', (t) => {
  const settings = withException(set, card, 'never');
  t.is(ruleFor(settings, card), 'never');
  t.is(ruleFor(settings, { ...card, volume: '9999-0000' }), 'always');
  t.is(ruleFor(settings, { name: card.name }), 'always');
});

test('a card without a number is known by its name', (t) => {
  const settings = withException(set, { name: 'A' }, 'never');
  t.is(ruleFor(settings, { name: 'A' }), 'never');
  t.is(ruleFor(settings, { name: 'A', volume: '1234-ABCD' }), 'always');
  t.is(ruleFor(settings, { name: 'B' }), 'always');
});

test('a rule that is set again takes the place of the one before, and can be taken back', (t) => {
  const never = withException(set, card, 'never');
  const ask = withException(never, { ...card, name: 'another name' }, 'ask');
  t.is(ask.exceptions.length, 1);
  t.is(ruleFor(ask, card), 'ask');
  t.deepEqual(withException(ask, card, undefined), set);
});
