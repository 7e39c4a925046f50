import { checkPastes } from './check.js';

checkPastes('cni0-forwarding-off');
