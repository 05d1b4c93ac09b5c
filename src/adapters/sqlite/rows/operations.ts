/** Operations as small integers. */
import type { Operation } from '../../../domain/events/event.js';

const operations: readonly Operation[] = ['create', 'update', 'delete', 'resolve'];
const codes: Readonly<Record<Operation, number>> = { create: 0, update: 1, delete: 2, resolve: 3 };

export const operationCode = (operation: Operation): number => codes[operation];

export const operationOf = (code: number): Operation => operations[code] ?? 'update';
