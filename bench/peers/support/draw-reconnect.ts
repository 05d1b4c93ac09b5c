/** The plots of the reconnection: how long it took, what it held in memory and what it left on the disk. */
import type { Picture } from '../../support/figures.js';
import { spreadOf } from '../../support/measure.js';
import { draw, type Point } from './draw.js';
import type { Measured } from './reconnect-rows.js';

export interface MeasuredSystem extends Measured {
  readonly system: string;
  readonly updatesASide: number;
}

type Value = (measured: MeasuredSystem) => number | undefined;

const medianOf = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : spreadOf(values).median;
const orNothing = (value: number | undefined): number | undefined =>
  value !== undefined && value > 0 ? value : undefined;

const plots: readonly { readonly name: string; readonly alt: string; readonly axis: string; readonly value: Value }[] =
  [
    {
      name: 'peers-reconnect-time',
      alt: 'Milliseconds until both replicas show the same, by system and size',
      axis: 'ms until both show the same, less is better',
      value: ({ rounds }) => medianOf(rounds.map(({ syncMs }) => syncMs)),
    },
    {
      name: 'peers-reconnect-memory',
      alt: 'Megabytes of memory until both replicas show the same, by system and size',
      axis: 'MB of memory above the loaded system, less is better',
      value: ({ cold }) => orNothing(cold === undefined ? undefined : (cold.peakBytes - cold.idleBytes) / 1e6),
    },
    {
      name: 'peers-reconnect-disk',
      alt: 'Megabytes on the disk of both replicas afterwards, by system and size',
      axis: 'MB on the disk, both replicas, less is better',
      value: ({ rounds }) => orNothing(medianOf(rounds.map(({ diskBytes }) => diskBytes / 1e6))),
    },
  ];

export const drawReconnect = (measured: readonly MeasuredSystem[]): readonly Picture[] =>
  plots.map(({ name, alt, axis, value }) => {
    const points = measured.map((one): Point => {
      const measured = value(one);
      return {
        system: one.system,
        size: `${one.updatesASide.toLocaleString('en-GB')} a side`,
        label:
          measured === undefined ? (one.stopped ?? 'none') : Number(measured.toPrecision(3)).toLocaleString('en-GB'),
        ...(measured === undefined ? {} : { value: measured }),
      };
    });
    return { name, alt, svg: draw({ title: alt, axis, points }) };
  });
