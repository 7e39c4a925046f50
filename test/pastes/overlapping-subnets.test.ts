import { checkPastes } from './check.js';

checkPastes('overlapping-subnets');
