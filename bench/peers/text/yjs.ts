/** Yjs: one update a transaction, all applied within one transaction of the fresh document, which is its fastest way. */
import { peerPackage } from '../support/peer-package.js';
import { walkTrace, type TextSystem } from './text-system.js';

interface YText {
  readonly insert: (index: number, text: string) => void;
  readonly delete: (index: number, length: number) => void;
  readonly toString: () => string;
}

interface YDoc {
  readonly getText: (name: string) => YText;
  readonly transact: (change: () => void) => void;
  readonly on: (name: 'update', listener: (update: Uint8Array, origin: unknown) => void) => void;
  clientID: number;
}

interface Yjs {
  readonly Doc: new () => YDoc;
  readonly applyUpdate: (doc: YDoc, update: Uint8Array, origin?: string) => void;
}

const { exported, version } = peerPackage('yjs');
const Y = exported as Yjs;

export const yjs: TextSystem = {
  name: 'Yjs',
  version,
  prepare: (trace) => {
    const updates: Uint8Array[] = [];
    const docs = new Map<number, YDoc>();
    walkTrace(trace, (place, agent, unseen) => {
      let doc = docs.get(agent);
      if (doc === undefined) {
        doc = new Y.Doc();
        doc.clientID = agent + 1;
        doc.on('update', (update, origin) => {
          if (origin !== 'received') updates.push(update);
        });
        docs.set(agent, doc);
      }
      for (const other of unseen) Y.applyUpdate(doc, updates[other] as Uint8Array, 'received');
      const text = doc.getText('content');
      doc.transact(() => {
        for (const [index, deleteCount, inserted] of trace.txns[place]?.patches ?? []) {
          if (deleteCount > 0) text.delete(index, deleteCount);
          if (inserted.length > 0) text.insert(index, inserted);
        }
      });
    });
    const merge = (): string => {
      const doc = new Y.Doc();
      doc.transact(() => {
        for (const update of updates) Y.applyUpdate(doc, update);
      });
      return doc.getText('content').toString();
    };
    return { bytes: updates.reduce((sum, { length }) => sum + length, 0), merge, expected: merge() };
  },
};
