/** The browser's address as a signal, and going elsewhere. */
import { signal } from '@preact/signals';
import { hrefOf, routeOf, type Route } from './route.js';

const current = signal<Route>(routeOf(location.hash));
addEventListener('hashchange', () => {
  current.value = routeOf(location.hash);
});

export const route = current;

export const goTo = (next: Route): void => {
  location.hash = hrefOf(next);
};

/** Filters change with every key: they replace where one is, so that "back" leaves the list. */
export const replaceRoute = (next: Route): void => {
  history.replaceState(null, '', hrefOf(next));
  current.value = next;
};
