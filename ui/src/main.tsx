import './validation.js';
import './design/mantine.css';
import './design/tokens.css';
import './design/base.css';
import './design/parts.css';
import './design/shell.css';
import './design/pages.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.js';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element "root".');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
