-- wrk's script for bench/api.py: what is asked, from the environment, and the figures as one line.
local what, token, ids = os.getenv("BENCH_WHAT"), os.getenv("BENCH_TOKEN"), {}
for id in (os.getenv("BENCH_IDS") or ""):gmatch("%S+") do ids[#ids + 1] = id end
local headers = { ["Authorization"] = "Bearer " .. token }
local paths = {
	list = "/api/v1/reservations?limit=50",
	report = "/api/v1/reports/occupancy?from=2026-06-01&to=2026-07-01&group=unit",
	constant = "/",
}
local threads, n = 0, 0
mine = 0 -- setup() tells each thread its number: not local, or it would not be heard

function setup(thread)
	thread:set("mine", threads)
	threads = threads + 1
end

function init()
	math.randomseed(os.time() + mine * 7919)
end

local function uuid()
	return string.format("%08x-%04x-7%03x-8%03x-%06x%06x", math.random(0, 0x7fffffff), math.random(0, 0xffff), math.random(0, 0xfff),
		math.random(0, 0xfff), math.random(0, 0xffffff), math.random(0, 0xffffff))
end

-- Each record is banned and taken back in turn: the threads have every other of them.
local function transition()
	local half = math.floor(#ids / 2)
	local id, back = ids[(n % half) * 2 + 1 + mine % 2], math.floor(n / half) % 2 == 1
	n = n + 1
	headers["Idempotency-Key"], headers["If-Match"], headers["Content-Type"] = uuid(), "*", "application/json"
	return wrk.format("POST", "/api/v1/parties/" .. id .. "/transitions", headers,
		'{"action":"' .. (back and "unban" or "ban") .. '","args":{"reason":"bench"}}')
end

function request()
	if what == "transition" then
		return transition()
	elseif what == "get" then
		return wrk.format("GET", "/api/v1/reservations/" .. ids[math.random(#ids)], headers)
	end
	return wrk.format("GET", paths[what], headers)
end

function done(summary, latency)
	local e = summary.errors
	print(string.format("FIGURES %.0f %.2f %.2f %.2f %d %d", summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
		latency:percentile(95) / 1000, latency:percentile(99) / 1000, e.status, e.connect + e.read + e.write + e.timeout))
end
