-- Filters of lists: the panel's LIKE pattern, and the comparison on this side.
local filter = require "dnp.provisioning.read.filter"

describe("a filter", function()
  local function pattern(kind, text)
    return filter.pattern { column = "Email", [kind] = text }
  end

  it("becomes a pattern in which only its own wildcards count", function()
    assert.equal("jdoe", pattern("equals", "jdoe"))
    assert.equal("jdoe%", pattern("begins", "jdoe"))
    assert.equal("%jdoe", pattern("ends", "jdoe"))
    assert.equal("%jdoe%", pattern("contains", "jdoe"))
    assert.equal("100[%][_]a[[]b]", pattern("equals", "100%_a[b]"))
    assert.equal("O_Brien", pattern("equals", "O'Brien"))
    assert.is_nil(pattern("equals", ""))
  end)

  it("never becomes longer than the panel's 50 characters, nor narrower for it", function()
    local long = ("x"):rep(60)
    assert.equal(("x"):rep(50), pattern("equals", ("x"):rep(50)))
    assert.equal(("x"):rep(49) .. "%", pattern("equals", long))
    assert.equal(("x"):rep(49) .. "%", pattern("begins", long))
    assert.equal("%" .. ("x"):rep(49), pattern("ends", long))
    assert.equal("%" .. ("x"):rep(48) .. "%", pattern("contains", long))
    assert.equal("%" .. ("[%]"):rep(16), pattern("ends", ("%"):rep(30)))
    -- 24 characters beyond the basic plane are 48 of the panel's.
    assert.equal("%" .. ("😀"):rep(24) .. "%", pattern("contains", ("😀"):rep(60)))
    assert.equal(("é"):rep(50), pattern("equals", ("é"):rep(50)))
  end)

  it("compares what comes exactly, case aside", function()
    local function matches(kind, text, value)
      return filter.matches({ Email = value }, { column = "Email", [kind] = text })
    end
    assert.is_true(matches("equals", "Jdoe", "jDOE"))
    assert.is_false(matches("equals", "jdoe", "jdoe2"))
    assert.is_true(matches("begins", "jd", "jdoe"))
    assert.is_false(matches("begins", "oe", "jdoe"))
    assert.is_true(matches("ends", "oe", "jdoe"))
    assert.is_false(matches("ends", "jjdoe", "jdoe"))
    assert.is_true(matches("contains", "%d", "j%doe"))
    assert.is_false(matches("contains", ".", "jdoe"))
    assert.is_true(matches("equals", "JÜRGEN", "jürgen"))
    assert.is_false(matches("equals", "jurgen", "jürgen"))
    assert.is_true(matches("contains", "ГОР", "Новгород"))
    assert.is_true(matches("begins", "jd", "ＪＤＯＥ"))
    assert.is_true(matches("equals", "", nil))
    assert.is_false(matches("equals", "x", nil))
  end)
end)
