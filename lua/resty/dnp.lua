--- `dnp` by the name that modules for OpenResty have.
return require "dnp"
