import { checkPastes } from './check.js';

checkPastes('wrong-interface');
