/* What pages do better with scripts than without: news without reloading, ages that count, a sound, keys, copying.
   Every page works without it. For browsers of 2021; nothing from elsewhere. */
'use strict';
(() => {
const LOST_MS = 10000, QUIET_MS = 40000, POLL_MS = 15000, AGAIN_MS = 8000, TOGETHER_MS = 200, SENT_MS = 15000;
const clock = () => performance.now(), body = document.body, one = id => document.getElementById(id);
const all = (what, within) => Array.from((within || document).querySelectorAll(what));
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
const watched = body.dataset.keys === 'queue'; // someone listens for it also while another tab is in front
const typing = element => element.matches('input:not([type=checkbox]):not([type=radio]), textarea, select')
  || element.isContentEditable;
const say = text => { one('news').textContent = text; }, note = text => { one('not-live').textContent = text; };

// ---- ages, by the clock of the homes
let homes = Date.parse(body.dataset.now), since = clock();
const two = (s, one, name, part, other) =>
  Math.floor(s / one) + name + (s % one < part ? '' : ` ${Math.floor(s % one / part)}${other}`);
const words = s => s < 60 ? `${s} s` : s < 600 ? two(s, 60, ' min', 1, ' s') : s < 3600 ? two(s, 60, ' min', 60)
  : s < 172800 ? two(s, 3600, ' h', 60, ' min') : two(s, 86400, ' days', 3600, ' h');
const ages = () => {
  const now = homes + clock() - since;
  for (const time of all('time[data-age]')) {
    const seconds = Math.max(0, Math.floor((now - Date.parse(time.dateTime)) / 1000));
    const late = time.dataset.target !== undefined && seconds > Number(time.dataset.target);
    const text = words(calm ? seconds - seconds % 10 : seconds) + (late ? ', late' : '');
    if (isNaN(seconds) || time.textContent === text) continue;
    time.textContent = text;
    time.classList.toggle('late', late);
  }
};

// ---- new calls: title and sound
const urgent = page => all('[data-alert][data-priority="1"]', page).map(row => row.dataset.alert);
let title = document.title, known = new Set(urgent()), unseen = new Set(), audio = null, waiting = false;
const remembered = name => { try { return localStorage.getItem('keepwell-' + name); } catch (_) { return null; } };
const remember = (name, value) => { try { localStorage.setItem('keepwell-' + name, value); } catch (_) { /* no */ } };
const titled = () => { document.title = (unseen.size ? `(${unseen.size}) New: priority 1 · ` : '') + title; };
const beep = () => {
  waiting = audio && audio.state !== 'running';
  if (!audio || waiting || remembered('sound') !== 'on') return;
  [0, .35, .7].forEach((start, n) => {
    const tone = audio.createOscillator(), volume = audio.createGain(), at = audio.currentTime + start;
    tone.frequency.value = n === 1 ? 660 : 880;
    volume.gain.setValueAtTime(.0001, at);
    volume.gain.exponentialRampToValueAtTime(.4, at + .03);
    volume.gain.exponentialRampToValueAtTime(.0001, at + .28);
    tone.connect(volume);
    volume.connect(audio.destination);
    tone.start(at);
    tone.stop(at + .3);
  });
};
const lookForCalls = page => {
  const now = urgent(page), fresh = now.filter(id => !known.has(id));
  known = new Set([...known, ...now]);
  fresh.forEach(id => unseen.add(id));
  unseen.forEach(id => { if (!now.includes(id)) unseen.delete(id); });
  titled();
  if (!fresh.length) return;
  say('A new priority 1 alert.');
  beep();
};
const noticed = () => { if (unseen.size) { unseen.clear(); titled(); } };

// A button that is on or off, as remembered. It is not there without scripts.
const toggle = (name, usual, changed) => {
  const button = one(name), is = () => (remembered(name) || usual) === 'on';
  if (!button) return;
  const shown = () => { button.setAttribute('aria-pressed', is()); if (changed) changed(is(), button); };
  button.hidden = false;
  button.addEventListener('click', () => { remember(name, is() ? 'off' : 'on'); shown(); beep(); });
  shown();
};
// Browsers let a page make a sound only after somebody has pressed something on it.
const wake = () => { if (audio && audio.state !== 'running') audio.resume().catch(() => {}); };
toggle('sound', 'off', (on, button) => {
  const Audio = window.AudioContext || window.webkitAudioContext;
  if (!Audio) return;
  const told = one('sound-note') || button.insertAdjacentElement('afterend', document.createElement('span'));
  told.id = 'sound-note';
  told.className = 'soft';
  const tell = () => { told.textContent = on && audio.state !== 'running' ? 'Silent until you press a key' : ''; };
  if (on && !audio) audio = new Audio();
  if (audio) { audio.onstatechange = () => { tell(); if (waiting) beep(); }; tell(); }
  wake();
});
['pointerdown', 'keydown'].forEach(what => addEventListener(what, wake));

// ---- regions that follow the news
const given = new Map(all('[data-live]').map(region => [region.id, region.innerHTML]));
const busy = region => {
  const active = document.activeElement;
  return region.contains(active) && typing(active) || region.querySelector('form[data-sent]')
    || all('input:not([type=hidden]), textarea', region).some(field =>
      field.value !== field.defaultValue || field.checked !== field.defaultChecked);
};
const sign = element => [element.tagName, element.id, element.getAttribute('href'), element.getAttribute('name'),
  element.form?.getAttribute('action'),
  (element.closest('[data-alert]') || body).dataset.alert].join('|');
const alike = (is, region) => all('*', region).filter(other => sign(other) === is);
const top = element => element.getBoundingClientRect().top;
const place = (element, region) => {
  if (!element || !region.contains(element)) return null;
  return {is: sign(element), number: alike(sign(element), region).indexOf(element), top: top(element)};
};
const replace = (region, fresh) => {
  const focus = place(document.activeElement, region), y = scrollY;
  const open = all('details', region).map(details => details.open);
  const shifts = all('.table, pre', region).map(box => box.scrollLeft);
  region.innerHTML = fresh.innerHTML;
  all('details', region).forEach((details, n) => { if (n in open) details.open = open[n]; });
  all('.table, pre', region).forEach((box, n) => { box.scrollLeft = shifts[n] || 0; });
  let by = y - scrollY;
  if (focus) {
    const element = alike(focus.is, region)[focus.number];
    if (element) by = top(element) - focus.top;
    else region.tabIndex = -1;
    (element || region).focus({preventScroll: true});
  }
  if (by) scrollBy(0, by);
  copyButtons(region);
};
const take = text => {
  const page = new DOMParser().parseFromString(text, 'text/html');
  let waits = false;
  for (const region of all('[data-live]')) {
    const fresh = page.getElementById(region.id);
    if (!fresh || given.get(region.id) === fresh.innerHTML) continue;
    if (busy(region)) { waits = true; continue; }
    given.set(region.id, fresh.innerHTML);
    replace(region, fresh);
    const says = fresh.dataset.says;
    if (says && says !== region.dataset.says) say(says);
    if (says) region.dataset.says = says;
  }
  title = page.title || title;
  homes = Date.parse(page.body.dataset.now) || homes;
  since = clock();
  ages();
  lookForCalls(page); // also what a region that waits does not show yet
  if (waits) later(AGAIN_MS);
};

let asking = false, again = false, timer = 0;
const later = ms => { clearTimeout(timer); timer = setTimeout(ask, ms); };
const ask = () => {
  again = asking;
  if (asking) return;
  asking = true;
  const cut = new AbortController(), patience = setTimeout(() => cut.abort(), SENT_MS);
  fetch(location.href, {headers: {'X-Keepwell-Part': '1'}, cache: 'no-store', signal: cut.signal})
    .then(answer => {
      if (answer.redirected || [401, 403, 404].includes(answer.status)) gone();
      return answer.ok && !over ? answer.text() : '';
    })
    .then(text => { if (text) take(text); })
    .catch(() => {})
    .then(() => { clearTimeout(patience); asking = false; if (again) later(TOGETHER_MS); });
};

let stream = null, over = false, heard = clock(), lost = heard;
const open = () => stream?.readyState === 1 && clock() - heard < QUIET_MS;
const stop = () => { stream?.close(); stream = null; };
const follow = () => {
  stop();
  if (over || !window.EventSource) return;
  const hear = () => { heard = lost = clock(); note(''); };
  stream = new EventSource(body.dataset.events);
  stream.onopen = () => { hear(); ask(); }; // what happened since the page was made is no news
  stream.addEventListener('here', hear);
  ['alerts', 'home'].forEach(kind => stream.addEventListener(kind, () => { hear(); later(TOGETHER_MS); }));
};
const gone = () => {
  over = true;
  stop();
  note('This page is no longer live. Load it again to go on.');
};
if (body.dataset.events && window.fetch) {
  follow();
  setInterval(() => {
    if (over || document.hidden && !watched) return;
    if (open()) lost = clock();
    else if (clock() - lost > LOST_MS) note('Not live; trying again');
  }, 1000);
  setInterval(() => {
    if (over || open() || document.hidden && !watched) return;
    if (stream?.readyState !== 0) follow();
    ask();
  }, POLL_MS);
  document.addEventListener('visibilitychange', () => {
    lost = clock();
    if (!document.hidden) { if (!open()) follow(); } else if (!watched) stop();
  });
}
setInterval(ages, calm ? 10000 : 1000);
ages();
['pointerdown', 'keydown', 'focus'].forEach(what => addEventListener(what, noticed));

// ---- keys of the queue
const goTo = row => row?.querySelector('a[href]')?.focus();
const press = event => {
  if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target) || remembered('keys') === 'off') return;
  const rows = all('[data-alert]'), here = document.activeElement.closest('[data-alert]'), at = rows.indexOf(here);
  const arrow = event.key.startsWith('Arrow');
  if (arrow && !here) return; // without a row in hand they scroll the page
  if (event.key === 'j' || event.key === 'ArrowDown') goTo(rows[Math.min(at + 1, rows.length - 1)]);
  else if (event.key === 'k' || event.key === 'ArrowUp') goTo(rows[Math.max(at - 1, 0)]);
  else if (event.key === 'a') {
    (here || rows[0])?.querySelector('[data-accept], form .button.main, form .button')?.focus();
  } else return;
  event.preventDefault();
};
if (watched) addEventListener('keydown', press);
toggle('keys', 'on'); // single keys can be turned off: WCAG 2.1.4

// ---- forms: one tap is one sending
const rest = form => { delete form.dataset.sent; all('button', form).forEach(button => { button.disabled = false; }); };
document.addEventListener('submit', event => {
  const form = event.target;
  if (form.method !== 'post') return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = '1';
  // After the browser has taken up which button was pressed.
  setTimeout(() => {
    if (event.defaultPrevented) { rest(form); return; }
    all('button', form).forEach(button => { button.disabled = true; });
  }, 0);
  setTimeout(() => rest(form), SENT_MS);
});
addEventListener('pageshow', event => { if (event.persisted) all('form[data-sent]').forEach(rest); });
const wrong = document.querySelector('.problems');
if (wrong) wrong.focus();

// ---- copying and printing
function copyButtons(within) {
  for (const block of all('[data-copy]', within)) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button plain';
    button.textContent = 'Copy';
    button.addEventListener('click', () => {
      getSelection().selectAllChildren(block);
      // Where a gateway is reached without HTTPS, the newer navigator.clipboard is not there.
      say(button.textContent = document.execCommand('copy') ? 'Copied' : 'Marked: copy it by hand');
      setTimeout(() => { button.textContent = 'Copy'; }, 3000);
    });
    block.after(button);
  }
}
copyButtons(document);
all('[data-print]').forEach(button => { button.hidden = false; button.addEventListener('click', () => print()); });
})();
