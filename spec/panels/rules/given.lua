--- What the steps of rules give to calls: records with some fields changed, and texts of faults.

local given = {}

given.NULL_REFERENCE = "Object reference not set"
given.NO_ACCOUNT = "You are not allowed to access this account"
given.NO_PACKAGE = "You are not allowed to access this package"
given.DATE = "2024-01-02T00:00:00"

function given.user(changes)
  local record = { OwnerId = 2, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false, Username = "anna",
    Password = "s3cret", FirstName = "Anna", LastName = "A", Email = "anna@example.com" }
  for name, value in pairs(changes or {}) do
    record[name] = value
  end
  return record
end

function given.update(changes)
  local record = { UserId = 3, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false }
  for name, value in pairs(changes) do
    record[name] = value
  end
  return record
end

function given.package(changes)
  local record = { PackageId = 3, StatusId = 1, PlanId = 2, PurchaseDate = given.DATE, PackageName = "x" }
  for name, value in pairs(changes or {}) do
    record[name] = value
  end
  return record
end

function given.wizard(changes)
  local arguments = { 2, "wiz", "pw", 3, "W", "Z", "w@example.com", nil, true, false, true, 2, false, nil, false, false,
    false, nil, false, n = 19 }
  for index, value in pairs(changes or {}) do
    arguments[index] = value
  end
  return arguments
end

return given
