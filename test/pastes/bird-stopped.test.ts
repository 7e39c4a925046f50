import { checkPastes } from './check.js';

checkPastes('bird-stopped');
