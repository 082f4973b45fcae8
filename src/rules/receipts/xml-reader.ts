/** Reading XML as events, so that manifests of any size need little memory; no entities but XML's own. */
import { SaxesParser } from 'saxes';

export interface XmlEvents {
  readonly open: (name: string, attributes: Readonly<Record<string, string>>, namespace: string) => void;
  /** With the whole text directly inside the element. */
  readonly close: (name: string, text: string) => void;
}

/** What a text is not: well-formed XML. The message says where. */
export class XmlFault extends Error {}

/** Feeds a document, in pieces, to its reader. Throws {@link XmlFault} at the first place that is wrong. */
export function readXml(pieces: Iterable<string>, events: XmlEvents): void {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const texts: string[] = [];
  parser.on('error', (error) => {
    throw new XmlFault(error.message);
  });
  parser.on('opentag', ({ local, uri, attributes }) => {
    texts.push('');
    const plain = Object.values(attributes).map(({ local: name, value }) => [name, value] as const);
    events.open(local, Object.fromEntries(plain), uri);
  });
  const addText = (text: string): void => {
    if (texts.length > 0) texts.push((texts.pop() ?? '') + text);
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('xmldecl', ({ encoding = 'UTF-8' }) => {
    if (!/^(utf-?8|us-ascii)$/i.test(encoding)) throw new XmlFault(`it is written in ${encoding}`);
  });
  parser.on('closetag', ({ local }) => events.close(local, texts.pop() ?? ''));
  for (const piece of pieces) parser.write(piece);
  parser.close();
}
