import { checkPastes } from './check.js';

checkPastes('stale-vtep-mac');
