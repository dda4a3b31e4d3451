import { render } from 'preact';
import { App } from './app.tsx';
import { keepFocus } from './shared/focus.ts';
import './main.css';

// A file that is dropped where no page takes it would replace the console.
for (const type of ['dragover', 'drop'] as const)
  addEventListener(type, (event) => {
    if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
  });

const root = document.getElementById('app');
if (root) {
  render(<App />, root);
  keepFocus(root);
}
