import { checkPastes } from './check.js';

checkPastes('healthy');
