-- http-request lua.gatepass_check CAPABILITY: lets a request pass that gatepass lets pass, and sends its refusal otherwise.
local GATEPASS = "http://127.0.0.1:3000"
local TIMEOUT_MS = 5000
local USER_HEADERS = { "x-auth-user", "x-auth-role", "x-auth-session", "x-auth-claims" }
local REFUSAL_HEADERS = { "www-authenticate", "content-type", "cache-control", "retry-after" }

-- HAProxy counts the values of a header from 0, and its HTTP client from 1.
local function to_list(values)
  local list = {}
  for _, value in pairs(values or {}) do list[#list + 1] = value end
  return list
end

local function refuse(txn, response)
  -- No response at all, or one that is no refusal, such as 200 of something else at that address.
  local is_refusal = response ~= nil and response.status ~= nil and response.status >= 400
  local reply = txn:reply({ status = is_refusal and response.status or 503 })
  if is_refusal then
    for _, name in ipairs(REFUSAL_HEADERS) do
      for _, value in pairs(response.headers[name] or {}) do reply:add_header(name, value) end
    end
    reply:set_body(response.body or "")
  end
  txn:done(reply)
end

local function check(txn, capability)
  local authorization = to_list(txn.http:req_get_headers()["authorization"])
  local response = core.httpclient():get({
    url = GATEPASS .. "/auth/check?allow=" .. capability,
    headers = #authorization > 0 and { ["authorization"] = authorization } or {},
    timeout = TIMEOUT_MS
  })
  if response == nil or response.status ~= 204 then return refuse(txn, response) end
  for _, name in ipairs(USER_HEADERS) do
    txn.http:req_set_header(name, response.headers[name] and response.headers[name][0] or "")
  end
end

core.register_action("gatepass_check", { "http-req" }, check, 1)
