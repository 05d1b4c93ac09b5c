/** How resources, agents and sides are named all over the desk. */
import type { JSX } from 'preact';
import type { ResourceRef } from '../../src/adapters/desk/api/index.js';
import { hrefOf } from '../routing/route.js';
import { spelledOut } from '../values/unseen.js';
import { VisibleText } from '../values/visible-text.js';

export const ResourceName = ({ resourceType, resourceId }: ResourceRef): JSX.Element => (
  <span class="any">
    <span class="muted">
      <VisibleText text={resourceType} />
      {' / '}
    </span>
    <VisibleText text={resourceId} />
  </span>
);

export const ResourceLink = (ref: ResourceRef): JSX.Element => (
  <a href={hrefOf({ view: 'resource', resourceType: ref.resourceType, resourceId: ref.resourceId })}>
    <ResourceName {...ref} />
  </a>
);

export const resourceText = ({ resourceType, resourceId }: ResourceRef): string =>
  `${spelledOut(resourceType)} / ${spelledOut(resourceId)}`;

/** Sides keep their colour by their place; there are six, and a letter says the same. */
export const sideClass = (index: number): string => `side-${index % 6}`;
export const sideLetter = (index: number): string => String.fromCharCode(65 + (index % 26));

export const SideBadge = ({ index }: { readonly index: number }): JSX.Element => (
  <span class={`side-badge ${sideClass(index)}`} aria-hidden="true">
    {sideLetter(index)}
  </span>
);
