import { checkPastes } from './check.js';

checkPastes('missing-route');
