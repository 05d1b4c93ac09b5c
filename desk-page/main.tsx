/** The conflict desk's page. It starts by asking who one is; everything else follows from the answer and the address. */
import { render } from 'preact';
import { Desk } from './shell/desk.js';
import { askForSession } from './state/session.js';
import { handleKey } from './state/shortcuts.js';
import './styles/index.css';

addEventListener('keydown', handleKey);
void askForSession();

const place = document.getElementById('desk');
if (place !== null) render(<Desk />, place);
