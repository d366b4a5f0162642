// The views by name, with the address of each.

export const VIEWS = {
  overview: '#/',
  alerts: '#/alerts',
  fleet: '#/fleet',
  sites: '#/sites',
  site: '#/sites/0000000000000000',
  heap: '#/heap',
  leaks: '#/leaks',
  activity: '#/activity',
  optimizer: '#/optimizer',
  rules: '#/rules',
  history: '#/history',
  profiles: '#/profiles',
  settings: '#/settings',
  login: '#/login',
};
