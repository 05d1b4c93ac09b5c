/** Automerge: one change a transaction, all handed to the fresh document at once, which is its fastest way. */
import { peerPackage } from '../support/peer-package.js';
import { walkTrace, type TextSystem } from './text-system.js';

interface Doc {
  readonly content: string;
}

interface Automerge {
  readonly init: (options?: { readonly actor: string }) => Doc;
  readonly from: (value: Doc, options: { readonly actor: string }) => Doc;
  readonly change: (doc: Doc, change: (draft: Doc) => void) => Doc;
  readonly splice: (draft: Doc, path: readonly string[], index: number, deleteCount: number, inserted: string) => void;
  readonly getLastLocalChange: (doc: Doc) => Uint8Array | undefined;
  readonly applyChanges: (doc: Doc, changes: readonly Uint8Array[]) => readonly [Doc];
}

const { exported, version } = peerPackage('@automerge/automerge');
const { init, from, change, splice, getLastLocalChange, applyChanges } = exported as Automerge;

const lastChangeOf = (doc: Doc): Uint8Array => {
  const last = getLastLocalChange(doc);
  if (last === undefined) throw new Error('Automerge recorded nothing');
  return last;
};

const actorOf = (index: number): string => String(index).padStart(2, '0');

export const automerge: TextSystem = {
  name: 'Automerge',
  version,
  prepare: (trace) => {
    const root = lastChangeOf(from({ content: '' }, { actor: actorOf(99) }));
    const changes: Uint8Array[] = [];
    const docs = new Map<number, Doc>();
    walkTrace(trace, (place, agent, unseen) => {
      let doc = docs.get(agent) ?? applyChanges(init({ actor: actorOf(agent) }), [root])[0];
      if (unseen.length > 0)
        [doc] = applyChanges(
          doc,
          unseen.map((other) => changes[other] as Uint8Array),
        );
      doc = change(doc, (draft) => {
        for (const patch of trace.txns[place]?.patches ?? []) splice(draft, ['content'], ...patch);
      });
      changes.push(lastChangeOf(doc));
      docs.set(agent, doc);
    });
    const all = [root, ...changes];
    const merge = (): string => applyChanges(init(), all)[0].content;
    return { bytes: all.reduce((sum, { length }) => sum + length, 0), merge, expected: merge() };
  },
};
