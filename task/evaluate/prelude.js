// The handler of the construct EvaluateExpression, and a world where local time is UTC and chance has a seed.
(() => {
  "use strict";
  const { parse, stringify } = JSON;
  const { entries, defineProperty } = Object;
  const evaluate = globalThis.eval;
  const RealDate = Date;
  let state; // of a promise: text when it is settled

  const thrown = (e) => {
    let name = "Error", message;
    try {
      if (e instanceof Error) {
        name = String(e.name);
        message = String(e.message);
      } else {
        name = typeof e;
        message = name === "object" ? stringify(e) : String(e);
      }
    } catch {
      message = "an error that cannot be shown";
    }
    return stringify({ Name: name, Message: String(message) });
  };
  const seen = (_, v) => v; // a call is where the engine looks at the clock
  const show = (v) => {
    try {
      const text = stringify(v, seen);
      return "=" + (text === undefined ? "null" : text);
    } catch (e) {
      return thrown(e);
    }
  };

  const world = (now, seed) => {
    const parseDate = (text) => {
      text = String(text);
      const t = RealDate.parse(text);
      if (t !== t) return t;
      if (/^[+-]?\d{4,6}-\d\d-\d\dT[\d:.,]+$/.test(text)) return RealDate.parse(text + "Z");
      if (/^[+-]?\d{4,6}(-\d\d(-\d\d)?)?$/.test(text)) return t; // a date alone is UTC
      if (/(Z|GMT|UTC|\bUT|[ECMP][SD]T|[+-]\d\d:?\d\d)\s*(\([^)]*\))?\s*$/i.test(text)) return t;
      const utc = RealDate.parse(text + " GMT");
      return utc === utc ? utc : t;
    };
    const D = function Date(...args) {
      if (!new.target) return new D().toString();
      let d;
      if (args.length === 0) d = [now];
      else if (args.length > 1) d = [RealDate.UTC(...args)];
      else {
        let v = args[0];
        if (v instanceof RealDate) v = v.getTime();
        else if (v !== null && typeof v === "object") {
          const p = v[Symbol.toPrimitive] ? v[Symbol.toPrimitive]("default") : v.valueOf();
          v = p !== null && typeof p === "object" ? String(v) : p;
        }
        d = [typeof v === "string" ? parseDate(v) : v];
      }
      return Reflect.construct(RealDate, d, new.target);
    };
    const proto = RealDate.prototype;
    const hide = (o, name, value) => defineProperty(o, name, { value, writable: true, configurable: true, enumerable: false });
    hide(D, "now", () => now);
    hide(D, "parse", parseDate);
    hide(D, "UTC", RealDate.UTC);
    defineProperty(D, "length", { value: 7, configurable: true });
    defineProperty(D, "prototype", { value: proto, writable: false });
    hide(proto, "constructor", D);
    for (const unit of ["FullYear", "Month", "Date", "Hours", "Minutes", "Seconds", "Milliseconds"]) {
      hide(proto, "get" + unit, proto["getUTC" + unit]);
      hide(proto, "set" + unit, proto["setUTC" + unit]);
    }
    hide(proto, "getDay", proto.getUTCDay);
    hide(proto, "getTimezoneOffset", function getTimezoneOffset() { return this.getTime() * 0; });
    const { toUTCString, getTime, getUTCHours, getUTCMinutes, getUTCSeconds } = proto;
    const call = (f, d) => Reflect.apply(f, d, []);
    const valid = (d, make) => { const t = call(getTime, d); return t !== t ? "Invalid Date" : make(call(toUTCString, d)); };
    const day = (s) => s.slice(0, 3) + " " + s.slice(8, 11) + " " + s.slice(5, 7) + s.slice(11, -13);
    const time = (s) => s.slice(-12, -4) + " GMT+0000 (Coordinated Universal Time)";
    const us = (d) => (call(proto.getUTCMonth, d) + 1) + "/" + call(proto.getUTCDate, d) + "/" + call(proto.getUTCFullYear, d);
    const clock = (d) => {
      const h = call(getUTCHours, d), two = (n) => String(n).padStart(2, "0");
      return (h % 12 || 12) + ":" + two(call(getUTCMinutes, d)) + ":" + two(call(getUTCSeconds, d)) + (h < 12 ? " AM" : " PM");
    };
    hide(proto, "toString", function toString() { return valid(this, (s) => day(s) + " " + time(s)); });
    hide(proto, "toDateString", function toDateString() { return valid(this, day); });
    hide(proto, "toTimeString", function toTimeString() { return valid(this, time); });
    hide(proto, "toLocaleString", function toLocaleString() { return valid(this, () => us(this) + ", " + clock(this)); });
    hide(proto, "toLocaleDateString", function toLocaleDateString() { return valid(this, () => us(this)); });
    hide(proto, "toLocaleTimeString", function toLocaleTimeString() { return valid(this, () => clock(this)); });
    hide(globalThis, "Date", D);
    // Source: Sebastiano Vigna, "SplitMix", cut to 32 bits.
    let x = seed >>> 0 ^ Math.floor(seed / 4294967296);
    hide(Math, "random", () => {
      const word = () => {
        x = (x + 0x9e3779b9) | 0;
        let z = x;
        z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
        z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
        return (z ^ (z >>> 15)) >>> 0;
      };
      return ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992;
    });
  };

  // The engine looks at its clock between calls of functions, not within those of its own. These are the ones that a few
  // characters could keep busy for hours.
  const bound = () => {
    const most = 1e6, work = 1e9;
    const tooLong = () => { throw new RangeError("Invalid array length"); };
    const { isArray } = Array;
    const hide = (o, name, f) => {
      const old = o[name];
      defineProperty(f, "name", { value: old.name, configurable: true });
      defineProperty(f, "length", { value: old.length, configurable: true });
      defineProperty(o, name, { value: f, writable: true, configurable: true, enumerable: false });
    };
    const list = (v) => { // v, or a copy when it is only like an array
      if (isArray(v)) return v.length > most ? tooLong() : v;
      if (v === null || v === undefined) throw new TypeError("cannot convert to object");
      const n = Math.trunc(Number(v.length)) || 0;
      if (n > most) tooLong();
      const copy = [];
      for (let i = 0; i < n; i++) copy[i] = v[i];
      return copy;
    };
    const arrays = Array.prototype;
    for (const name of ["concat", "copyWithin", "every", "fill", "filter", "find", "findIndex", "findLast", "findLastIndex", "forEach",
      "includes", "indexOf", "join", "lastIndexOf", "map", "reduce", "reduceRight", "reverse", "shift", "slice", "some", "splice",
      "toLocaleString", "toReversed", "toSpliced", "unshift", "with"]) {
      const real = arrays[name];
      hide(arrays, name, function (...args) {
        if (name === "concat") {
          for (const a of args) {
            if (isArray(a)) list(a);
            else if (a !== null && typeof a === "object" && a[Symbol.isConcatSpreadable]) throw new TypeError("not an array");
          }
        }
        return Reflect.apply(real, list(this), args);
      });
    }
    const order = (a, b) => { a = String(a); b = String(b); return a < b ? -1 : a > b ? 1 : 0; };
    for (const name of ["sort", "toSorted"]) {
      const real = arrays[name];
      hide(arrays, name, function (by) { return Reflect.apply(real, list(this), [by === undefined ? order : by]); });
    }
    const flatten = (into, from, depth) => {
      for (const v of list(from)) {
        if (isArray(v) && depth > 0) flatten(into, v, depth - 1);
        else into.push(v);
      }
      return into;
    };
    hide(arrays, "flat", function (depth = 1) { return flatten([], list(this).filter(() => true), depth); });
    hide(arrays, "flatMap", function (f, self) { return flatten([], list(this).map(f, self), 1); });
    const texts = String.prototype;
    const heavy = (s, p) => { if (s.length * p.length > work) throw new RangeError("Invalid string length"); };
    for (const name of ["indexOf", "lastIndexOf", "includes", "split", "replace", "replaceAll"]) {
      const real = texts[name];
      hide(texts, name, function (...args) {
        if (this === null || this === undefined) throw new TypeError("cannot convert to object");
        const s = String(this);
        if (typeof args[0] !== "object" || args[0] === null) args.length > 0 && heavy(s, args[0] = String(args[0]));
        if (name.startsWith("replace") && args.length > 1) args[1] = replacement(s, args[1]);
        if (name === "split" && args[0] === "undefined" && arguments[0] === undefined) args[0] = undefined;
        return Reflect.apply(real, s, args);
      });
    }
    // "$`" and "$'" stand for up to all of s.
    const replacement = (s, r) => {
      if (typeof r === "function") return r;
      r = String(r);
      const n = /\$[`']/.test(r) ? s.length * r.length : r.length;
      if (s.length * n > 64e6) throw new RangeError("Invalid string length");
      return r;
    };
    const realReplace = RegExp.prototype[Symbol.replace];
    hide(RegExp.prototype, Symbol.replace, function (s, r) {
      s = String(s);
      return Reflect.apply(realReplace, this, [s, replacement(s, r)]);
    });
    hide(JSON, "stringify", (v, by, space) => stringify(v, by === undefined || by === null ? seen : by, space));
    for (const name of ["Proxy", "SharedArrayBuffer", "Atomics"]) delete globalThis[name];
  };

  const escapeRegex = (text) => text.replace(/[-/\\^$*+?.()|[\]{}]/g, "\\$&");

  globalThis.gait = (text, now, seed) => {
    if (text === undefined) return state; // what became of the promise
    world(now, seed);
    globalThis.gait = undefined;
    const again = () => state;
    try {
      const event = parse(text);
      // Source: aws-cdk, eval-nodejs-handler.
      const expression = entries(event.expressionAttributeValues)
        .reduce((exp, [k, v]) => exp.replace(new RegExp(escapeRegex(k), "g"), stringify(v)), event.expression);
      delete globalThis.gait;
      bound();
      const value = evaluate(expression);
      if (value !== null && typeof value === "object" && value instanceof Promise) {
        value.then((v) => { state = show(v); }, (e) => { state = thrown(e); });
        globalThis.gait = again;
        return null;
      }
      return show(value);
    } catch (e) {
      return thrown(e);
    }
  };
})();
