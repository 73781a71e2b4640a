// The page's own model: what orchestrator/ramp/simulate.py does, one path at a time. tests/ramp/test_ramp_page.py holds the
// two together.
"use strict";
const RampModel = (() => {
  const LN9 = Math.log(9), HOURS = 365.25 * 24 / 12, DAYS = 365.25 / 12, ENOUGH = 1e15;
  const FACTORS = ["digital_intelligence", "chip_capability", "dexterity"];
  const GOMPERTZ_SPAN = Math.log(Math.log(10)) - Math.log(-Math.log(0.9));
  const clip = (x, low, high) => Math.min(Math.max(x, low), high);
  const sum = (xs) => xs.reduce((a, b) => a + b, 0);

  function rint(x) {  // ties to even, as NumPy does
    const down = Math.floor(x), rest = x - down;
    if (rest !== 0.5) return Math.round(x);
    return down % 2 === 0 ? down : down + 1;
  }

  function omega(x) {  // Wright's: w + ln w = x
    let w = x > 1 ? x - Math.log(x) : Math.exp(x);
    if (w < 1e-12) return w;
    for (let i = 0; i < 20; i++) w = w * (1 + x - Math.log(w)) / (1 + w);
    return w;
  }

  const shares = {
    logistic: (u, v) => 1 / (1 + Math.exp((v("midpoint") - u) * 2 * LN9 / v("duration"))),
    gompertz: (u, v) =>
      Math.exp(-Math.exp(-GOMPERTZ_SPAN / v("duration") * (u - v("midpoint")) + Math.log(Math.log(2)))),
    richards: (u, v) => {
      const s = v("shape"), [low, high] = [0.1, 0.9].map((p) => Math.log(Math.pow(p, -s) - 1));
      const rate = (low - high) / v("duration");
      return Math.pow(1 + (Math.pow(2, s) - 1) * Math.exp(-rate * (u - v("midpoint"))), -1 / s);
    },
    bass: (u, v) => {
      const p = v("innovation"), q = v("imitation"), decay = Math.exp(-(p + q) * Math.max(u, 0) / 12);
      return (1 - decay) / (1 + q / p * decay);
    },
    sharif_kabir: (u, v) => {
      const d = v("delay"), rate = (2 * LN9 + d * (10 - 1 / 0.9)) / v("duration");
      const x = d + rate * (u - v("midpoint")), z = x - omega(Math.log(Math.max(d, 1e-12)) + x);
      return 1 / (1 + Math.exp(-z));
    },
    piecewise: (u, v) => {
      const [slow, exponential, linear, logarithmic] = [0, 1, 2, 3].map((i) => v(`phases.${i}`));
      const first = v("levels.0"), second = Math.max(v("levels.1"), first), third = Math.max(v("levels.2"), second);
      const over = (t, begins, lasts) => clip((t - begins) / lasts, 0, 1);
      let value = first * over(u, 0, slow);
      u -= slow;
      value *= Math.exp(Math.log(second / first) * over(u, 0, exponential));
      u -= exponential;
      value += (third - second) * over(u, 0, linear);
      return value + (1 - third) * Math.log1p((Math.E ** 2 - 1) * over(u, linear, logarithmic)) / 2;
    },
  };

  // A curve's value per month, as a function of time.
  function monthly(curve, key, get, stretch) {
    const known = {}, v = (name) => known[name] ?? (known[name] = get(`${key}.${name}`));
    const start = v("start"), times = v("stretch") * stretch, top = v("asymptote_per_year") / 12;
    return (t) => t < start ? 0 : shares[curve.kind]((t - start) / times, v) * top;
  }

  // A figure of each component and of all that need it, up to the robot.
  function alongParts(components, get, key, total) {
    const totals = {}, names = Object.keys(components);
    const of = (name) => {
      if (!(name in totals)) {
        const users = names.filter((user) => components[user].needs.includes(name));
        totals[name] = total(get(`components.${name}.${key}`), users.map(of));
      }
      return totals[name];
    };
    names.forEach(of);
    return totals;
  }

  function schedule(model, get) {
    const {config} = model, times = Array.from({length: config.months}, (_, t) => t + 0.5);
    const stretch = get("stretch"), names = Object.keys(config.generations);
    const design = names.map((name) => {
      const key = `generations.${name}.curve`;
      return times.map(monthly(config.generations[name].curve, key, get, stretch));
    });
    for (const name of names) {
      const conversion = config.generations[name].conversion;
      if (!conversion) continue;
      const key = `generations.${name}`, old = design[names.indexOf(conversion.of)];
      times.forEach((t, m) => {
        const since = t - get(`${key}.curve.start`) + get(`${key}.conversion.downtime_months`);
        old[m] *= 1 - get(`${key}.conversion.share`) * clip(since / get(`${key}.conversion.over_months`), 0, 1);
      });
    }
    const leads = alongParts(config.components, get, "lead_months", (own, later) => own + Math.max(0, ...later));
    const good = alongParts(config.components, get, "yield_share", (own, later) => own * Math.min(1, ...later));
    const components = Object.entries(config.components).map(([name, part]) => {
      const line = monthly(part.curve, `components.${name}.curve`, get, stretch);
      return times.map((t) => good[name] * line(t - leads[name]));
    });
    const room = times.map(() => 0), construction = times.map(() => 0);
    model.plans.forEach((plan, index) => {
      const key = `factories.${index}`, start = get(`${key}.start`);
      const building = get(`${key}.overrun`) * (plan ? plan.makespan_days : get(`${key}.makespan_days`)) / DAYS;
      const size = get(`${key}.area_m2`) * get(`${key}.units_per_m2_year`) / 12;
      times.forEach((t, m) => {
        room[m] += size * clip(t + 0.5 - start - building, 0, 1);
        if (plan && plan.robot_hours) {
          const done = (d) => clip((t + d - start) / Math.max(building, 1e-9), 0, 1);
          construction[m] += plan.robot_hours * (done(0.5) - done(-0.5));
        }
      });
    });
    const training = times.map((t) => get("power.kw_per_gpu") / 1000 *
      Math.min(get("power.gpus") * Math.exp(get("power.gpus_growth_per_year") * t / 12), get("power.gpus_limit")));
    return {names, design, components, room, construction, training,
      demand: config.demand && times.map(monthly(config.demand.curve, "demand.curve", get, 1)),
      people: config.labour && times.map((t) => (get("labour.people") + get("labour.hires_per_month") * t) *
        get("labour.hours_per_person_month")),
      supply: config.power.supply_mw &&
        times.map(monthly(config.power.supply_mw, "power.supply_mw", get, 1)).map((value) => 12 * value)};
  }

  function hazards(config, names, get) {
    return names.map((name) => {
      if (config.generations[name].lifetime_months === null) return null;
      const scale = get(`generations.${name}.lifetime_months`), shape = get(`generations.${name}.lifetime_shape`);
      const serves = (age) => Math.exp(-Math.pow(age / scale, shape));
      return Array.from({length: config.months + 1}, (_, a) => serves(Math.max(a - 0.5, 0)) - serves(a + 0.5));
    });
  }

  function unitCost(get) {
    const usd = get("cost.usd"), floor = Math.min(get("cost.materials_usd"), usd);
    const learning = -Math.log2(1 - Math.min(get("cost.learning_rate"), 1 - 1e-6)), scale = get("cost.scale_exponent");
    return (made, rate) => Math.min(get("cost.ceiling_usd"), floor + (usd - floor) * Math.exp(
      -learning * Math.log(Math.max(made, 1) / get("cost.reference_units")) -
      scale * Math.log(Math.max(rate, 1) / (get("cost.reference_per_year") / 12))));
  }

  // One path: month by month, as _Simulation does.
  function path(model, get) {
    const {config, factors} = model, months = config.months, plan = schedule(model, get), fleet = config.fleet;
    const generations = plan.names.length, parts = Object.keys(config.components), first = factors.length - parts.length;
    const row = Object.fromEntries(factors.map((name, index) => [name, index]));
    const buffer = parts.map((name) => get(`components.${name}.inventory_months`)), store = parts.map(() => 0);
    const hazard = hazards(config, plan.names, get), cohorts = plan.names.map(() => new Float64Array(months));
    const mortal = hazard.some((h) => h), cost = unitCost(get), deliveries = new Float64Array(months + 1);
    const availability = fleet.repair ?
      1 / (1 + get("fleet.repair.failures_per_year") / 12 * get("fleet.repair.downtime_days") / DAYS) : 1;
    const night = ((config.power.night_to - config.power.night_from) % 24 + 24) % 24;
    const robotMw = (get("power.robot_kwh_per_day") / get("power.charging_efficiency") +
      get("power.night_share") * get("power.edge_kw") * night) / 24 / 1000;
    const unitMw = get("power.factory_kwh_per_unit") / HOURS / 1000, useful = [1, 1, 1], counts = config.capital !== null;
    let made = fleet.made_before, stock = 0, use = [fleet.academy, fleet.factory, fleet.customers];
    const initial = sum(use);
    let retired = made - initial, factoryRetired = 0, due = 0, carry = 0;
    let cash = counts ? get("capital.usd") : 0, installed = counts ? get("capital.installed_per_year") / 12 : 0;
    const lines = counts ? 12 * get("capital.lines_usd_per_annual_unit") : 0;
    let lastCost = cost(made, sum(plan.design.map((g) => g[0])));
    deliveries[0] = fleet.factory;
    const out = {output: [], cumulative: [], fleet: [], cost: [], power: [], cash: [], limiting: []};

    const workers = (month) => {
      const at = Math.max(month + 0.5 - get("labour.replication_delay_months"), 0);
      let delivered = deliveries[0];
      if (month > 0) {
        const k = Math.min(Math.floor(at), month - 1);
        delivered = deliveries[k] + (at - k) * (deliveries[k + 1] - deliveries[k]);
      }
      return Math.max(delivered - factoryRetired, 0) * availability;
    };
    const running = () => get("capital.operating_usd_per_month") + (fleet.repair ? (use[0] + use[1]) *
      get("fleet.repair.failures_per_year") / 12 * get("fleet.repair.cost_usd") : 0);
    const priceOf = (each) => Math.min(each * (1 + get("capital.margin")), get("capital.price_ceiling_usd"));
    const ratio = (funds, each) => each > 0 ? funds / Math.max(each, 1e-9) : ENOUGH;
    const payable = (money, net) => {
      const funds = Math.max(money, 0), within = ratio(funds, net);
      return within <= installed ? within : ratio(funds + lines * installed, net + lines);
    };
    const over = (room, share) => share > 1e-9 ? room / share : ENOUGH;
    const productivity = config.labour ? model.productivity ?? get("labour.productivity") : 0;
    const learned = config.labour ? -Math.log2(1 - Math.min(get("labour.learning_rate"), 1 - 1e-6)) : 0;

    for (let month = 0; month < months; month++) {
      const product = useful[0] * useful[1] * useful[2], limits = new Array(factors.length).fill(ENOUGH);
      const demand = plan.demand ? plan.demand[month] * product ** get("demand.usefulness_elasticity") : null;
      limits[row.design] = sum(plan.design.map((g) => g[month]));
      if (demand !== null) {
        const room = Math.max(demand * (1 + get("fleet.stock_months")) - stock, 0);
        const wanted = Math.max(Math.floor(get("fleet.academy_target")) - use[0], 0), left = 1 - get("fleet.factory_share");
        limits[row.demand] = Math.min(over(room, left - get("fleet.academy_share")), over(room + wanted, left));
      }
      if (plan.people) {
        const hours = Math.max(workers(month) * get("labour.uptime") * HOURS - plan.construction[month], 0);
        const worth = Math.min(productivity * product, get("labour.productivity_limit"));
        const each = get("labour.hours_per_unit") *
          Math.exp(-learned * Math.log(Math.max(made, 1) / get("labour.reference_units")));
        limits[row.labour] = (plan.people[month] + hours * worth) / Math.max(each, get("labour.floor_hours"));
      }
      if (counts) {
        const funds = cash + get("capital.credit_usd") + get("capital.funding_usd_per_month") - running();
        const wants = Math.max(Math.floor(get("fleet.academy_target")) - use[0], 0), price = priceOf(lastCost);
        const sold = 1 - get("fleet.factory_share"), shared = sold - get("fleet.academy_share");
        const left = funds - wants * price, net = lastCost - sold * price;
        limits[row.capital] = wants === 0 ? payable(funds, net) : Math.max(payable(funds, lastCost - shared * price),
          left >= 0 || net < 0 ? payable(left, net) : 0);
      }
      if (model.plans.length) limits[row.floor_space] = plan.room[month];
      if (plan.supply) {
        limits[row.power] = Math.max(plan.supply[month] - (use[0] + use[1]) * robotMw, 0) / Math.max(unitMw, 1e-12);
      }
      parts.forEach((_, c) => { limits[first + c] = store[c] + plan.components[c][month]; });

      const best = Math.min(...limits), limiting = limits.indexOf(best), exact = Math.max(best, 0) + carry;
      const units = Math.floor(exact);
      carry = exact - units;
      const unit = cost(made + units, Math.max(best, 0));
      lastCost = unit;
      parts.forEach((_, c) => {
        store[c] = clip(store[c] + plan.components[c][month] - units, 0, buffer[c] * units);
      });
      made += units;
      const wanted = Math.max(Math.floor(get("fleet.academy_target")) - use[0], 0);
      const academy = Math.min(Math.floor(units * get("fleet.academy_share")), wanted);
      const factory = Math.min(Math.floor(units * get("fleet.factory_share")), units - academy);
      const ready = stock + units - academy - factory, sold = demand === null ? ready : Math.min(ready, Math.floor(demand));
      stock = ready - sold;
      use = [use[0] + academy, use[1] + factory, use[2] + sold];
      deliveries[month + 1] = deliveries[month] + factory;
      if (mortal) {
        const capacity = sum(plan.design.map((g) => g[month]));
        let upto = 0, before = 0;
        for (let g = 0; g < generations; g++) {
          upto += plan.design[g][month];
          const whole = g === generations - 1 ? units : rint(units * (upto / Math.max(capacity, 1e-300)));
          cohorts[g][month] = whole - before;
          before = whole;
          if (!hazard[g]) continue;
          for (let s = 0; s <= month; s++) if (cohorts[g][s]) due += cohorts[g][s] * hazard[g][month - s];
          if (g === 0) due += initial * hazard[g][month];
        }
        const inUse = sum(use), gone = Math.min(Math.floor(due), inUse), share = gone / Math.max(inUse, 1);
        due -= gone;
        retired += gone;
        const a = rint(use[0] * share), b = rint((use[0] + use[1]) * share);
        use = [use[0] - a, use[1] - (b - a), use[2] - (gone - b)];
        factoryRetired += b - a;
      }
      if (counts) {
        cash += get("capital.funding_usd_per_month") + sold * priceOf(unit) - units * unit -
          lines * Math.max(units - installed, 0);
        installed = Math.max(installed, units);
        cash -= clip(cash + get("capital.credit_usd"), 0, running());
      }
      if (config.usefulness) FACTORS.forEach((name, i) => {
        const key = `usefulness.${name}`, limit = Math.max(get(`${key}.saturation`), 1 + 1e-9);
        let rate = get(`${key}.per_year`) / 12 / (1 - 1 / limit);
        const feedback = get(`${key}.academy_feedback`);
        if (feedback) rate *= clip(use[0] / Math.max(get("fleet.academy_target"), 1), 1e-9, 1) ** feedback;
        useful[i] = limit / (1 + (limit / useful[i] - 1) * Math.exp(-rate));
      });
      const inUse = sum(use);
      out.output.push(units);
      out.cumulative.push(made);
      out.fleet.push(inUse);
      out.cost.push(unit);
      const left = plan.supply ? plan.supply[month] - (use[0] + use[1]) * robotMw - units * unitMw : ENOUGH;
      out.power.push(inUse * robotMw + units * unitMw + clip(left, 0, plan.training[month]));
      out.cash.push(cash);
      out.limiting.push(limiting);
      if (made !== inUse + retired + stock) throw new Error("made is not in use + retired + in stock");
    }
    return out;
  }

  // All paths of the page; `times` multiplies inputs by key. Shares stay at or below 1.
  function run(model, times) {
    return Array.from({length: model.paths}, (_, index) => path(model, (key) => {
      const given = model.values[key], value = typeof given === "number" ? given : given[index];
      if (!(key in times)) return value;
      return model.shares.includes(key) ? Math.min(value * times[key], 1) : value * times[key];
    }));
  }

  // Percentiles over the paths by month, as NumPy's default has them.
  function bands(paths, name, probabilities) {
    const lines = probabilities.map(() => []);
    for (let month = 0; month < paths[0][name].length; month++) {
      const sorted = Float64Array.from(paths, (p) => p[name][month]).sort();
      probabilities.forEach((probability, i) => {
        const at = probability * (sorted.length - 1), k = Math.floor(at), next = Math.min(k + 1, sorted.length - 1);
        lines[i].push(sorted[k] + (at - k) * (sorted[next] - sorted[k]));
      });
    }
    return lines;
  }

  return {run, bands};
})();
if (typeof module !== "undefined") module.exports = RampModel;
