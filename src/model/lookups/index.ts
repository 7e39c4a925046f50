/** Pure functions over facts that rules and the model share. */
export * from './devices.js';
export * from './flannel.js';
export * from './routes.js';
