/** Loro: one update a transaction, all imported into the fresh document as one batch, which is its fastest way. */
import { peerPackage } from '../support/peer-package.js';
import { walkTrace, type TextSystem } from './text-system.js';

interface LoroText {
  readonly insert: (index: number, text: string) => void;
  readonly delete: (index: number, length: number) => void;
  readonly toString: () => string;
}

interface LoroDoc {
  readonly setPeerId: (id: string) => void;
  readonly getText: (name: string) => LoroText;
  readonly commit: () => void;
  readonly oplogVersion: () => unknown;
  readonly export: (what: { readonly mode: 'update'; readonly from: unknown }) => Uint8Array;
  readonly importBatch: (updates: readonly Uint8Array[]) => unknown;
}

interface Loro {
  readonly LoroDoc: new () => LoroDoc;
}

const { exported, version } = peerPackage('loro-crdt');
const loroPackage = exported as Loro;

export const loro: TextSystem = {
  name: 'Loro',
  version,
  prepare: (trace) => {
    const updates: Uint8Array[] = [];
    const docs = new Map<number, LoroDoc>();
    walkTrace(trace, (place, agent, unseen) => {
      let doc = docs.get(agent);
      if (doc === undefined) {
        doc = new loroPackage.LoroDoc();
        doc.setPeerId(String(agent + 1));
        docs.set(agent, doc);
      }
      if (unseen.length > 0) doc.importBatch(unseen.map((other) => updates[other] as Uint8Array));
      const text = doc.getText('content');
      const before = doc.oplogVersion();
      for (const [index, deleteCount, inserted] of trace.txns[place]?.patches ?? []) {
        if (deleteCount > 0) text.delete(index, deleteCount);
        if (inserted.length > 0) text.insert(index, inserted);
      }
      doc.commit();
      updates.push(doc.export({ mode: 'update', from: before }));
    });
    const merge = (): string => {
      const doc = new loroPackage.LoroDoc();
      doc.importBatch(updates);
      return doc.getText('content').toString();
    };
    return { bytes: updates.reduce((sum, { length }) => sum + length, 0), merge, expected: merge() };
  },
};
