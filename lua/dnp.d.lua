---@meta dnp
-- luacheck: ignore 212 241 631
-- Made from the contract by tools/annotations.lua; do not edit.

---Client for the provisioning API of DotNetPanel, WebsitePanel and SolidCP.
---@class dnp
---@field _VERSION string "lua-dnp 0.2.0"
---@field dialects dnp.Dialect[]
---@field codes table<integer, dnp.Code> business codes
---@field options string[] names of the options of a session
---@field error_kinds string[] what `kind` of an error can be
---@field failure_names string[] what `name` of a failed transport can be
local dnp = {}

---@alias dnp.Dialect "dotnetpanel"|"websitepanel"|"solidcp"

---@class dnp.Code
---@field name string "ERROR_USER_ALREADY_EXISTS"
---@field alias? string another name of the same number
---@field sentence string what it means
---@field dialects dnp.Dialect[] whose panels define it

---@class dnp.Options
---@field url string address of the Enterprise Server, such as "http://127.0.0.1:9002"
---@field username string
---@field password string
---@field dialect? dnp.Dialect "dotnetpanel" by default
---@field timeout? number seconds for a whole call: 30
---@field connect_timeout? number seconds until connected: 10
---@field ca_file? string PEM file with trusted certificates
---@field verify? boolean TLS peer and host name: true
---@field proxy? string "" for none; from the environment when left out
---@field wse_to? string with auth = "wse": `url` as the panel sees it behind a proxy
---@field wse_clock_offset? integer with auth = "wse": seconds that the panel's clock is ahead
---@field user_agent? string
---@field max_response_bytes? integer held of one response, after decompression: 256 MiB
---@field max_connections? integer open at once; further calls wait for one: 64
---@field auth? "basic"|"wse" "basic" by default
---@field engine? "auto"|"curl"|"nginx"|dnp.Engine who moves the bytes: "auto"
---@field trace? fun(event: dnp.Event)|file* receives requests and responses, secrets replaced

---@class dnp.Event
---@field event "request"|"response"
---@field operation string
---@field url? string
---@field headers? table<string, string>
---@field body string
---@field status? integer of a response, when there was one
---@field seconds? number from request to response
---@field error? string why the call failed

---What can go wrong in the world; tostring() gives a sentence. Usage errors raise instead.
---@class dnp.Error
---@field kind "transport"|"timeout"|"http"|"fault"|"refused"|"absent"|"protocol"|"limit"|"conflict"|"raised"
---@field code? integer of the panel when it refused, of libcurl when the transport failed
---@field name? string "ERROR_USER_ALREADY_EXISTS", "host_not_found", "Server"
---@field message string
---@field operation? string
---@field service? string "esUsers"
---@field http_status? integer
---@field retry_after? integer seconds that the server asks to wait
---@field retryable boolean whether the same call may succeed later, and can do no harm then
---@field outcome "not_done"|"unknown" whether the panel surely did nothing
---@field fault_string? string whole text of a fault
---@field fault_detail? string what a fault's detail holds: text, or XML without namespaces
---@field exceeding_quotas? dnp.ExceedingQuota[] of a refusal for quotas

---@class dnp.ExceedingQuota
---@field QuotaID integer
---@field QuotaName string
---@field QuotaValue integer

---Tables in the order of the schema.
---@alias dnp.DataSet dnp.Table[]

---An array of rows; a NULL is left out of its row.
---@class dnp.Table
---@field [integer] table<string, any>
---@field name string
---@field columns dnp.Column[]

---@class dnp.Column
---@field name string
---@field type string of XML Schema: "int", "string", "dateTime"

---A request that somebody else sends. Its fields may be changed; the call that it belongs to is not among them.
---@class dnp.Request
---@field operation string
---@field url string
---@field scheme "http"|"https"
---@field host string of IPv6 without brackets
---@field port integer
---@field path string
---@field method "POST"
---@field headers table<string, string> credentials among them
---@field body string
---@field mutates boolean whether it must never be sent twice; its earlier name `changes` is there too

---Takes a response in pieces.
---@class dnp.Receiver
local receiver = {}

---@param piece string
---@return true? going nil when the call has ended and the connection should be closed
function receiver:feed(piece) end

---The response is complete: what the method would have returned.
---@return any result
---@return dnp.Error error where the result is nil
function receiver:finish() end

---The transport broke: what the method would have returned.
---@param failure dnp.Failure
---@return any result
---@return dnp.Error error where the result is nil
function receiver:fail(failure) end

---The records of a list while they arrive; called, it gives the next one.
---@class dnp.Stream
---@field close fun(stream: dnp.Stream) ends the transfer
---@overload fun(): any, dnp.Table?

---A session with a panel.
---@param options dnp.Options
---@return dnp.Session? session
---@return dnp.Error error where the result is nil
function dnp.session(options) end

---Seconds on a clock that only goes forward; its beginning means nothing.
---@return number
function dnp.clock() end

---Sleeps without holding up others, where there are any: in a task of `dnp.parallel`, inside nginx. A signal may end it
---early.
---@param seconds number
---@return number left seconds that were not slept
function dnp.sleep(seconds) end

---Runs a function for each of many items, so many at a time; see lua/dnp/parallel.lua.
---@param items any[]|fun(): any
---@param fn fun(item: any, index: integer): any, any
---@param options dnp.ParallelOptions?
---@return table<integer, any> results
---@return table<integer, any> failures
function dnp.parallel(items, fn, options) end

---The operations and types of a dialect, as data.
---@param dialect dnp.Dialect
---@return table
function dnp.contract(dialect) end

---@class dnp.HostingPlanGroupInfo
---@field GroupId? integer
---@field Enabled? boolean
---@field CalculateDiskSpace? boolean
---@field CalculateBandwidth? boolean
---@field GroupName? string
---@field _unknown? string elements that only a newer panel knows, as XML

---@class dnp.HostingPlanInfo
---@field PlanId? integer
---@field PackageId? integer
---@field PlanName? string
---@field PlanDescription? string
---@field Available? boolean
---@field ServerId? integer
---@field IsAddon? boolean
---@field SetupPrice? number|string
---@field RecurringPrice? number|string
---@field RecurrenceUnit? integer
---@field RecurrenceLength? integer
---@field Groups? dnp.HostingPlanGroupInfo[]
---@field Quotas? dnp.HostingPlanQuotaInfo[]
---@field UserId? integer
---@field _unknown? string elements that only a newer panel knows, as XML

---@class dnp.HostingPlanQuotaInfo
---@field QuotaId? integer
---@field QuotaValue? integer
---@field _unknown? string elements that only a newer panel knows, as XML

---@class dnp.PackageAddonInfo
---@field PackageAddonId? integer
---@field PackageId? integer
---@field PlanId? integer
---@field Quantity? integer
---@field PurchaseDate? string
---@field Comments? string
---@field StatusId? dnp.PackageStatus|integer
---@field PlanName? string WebsitePanel, SolidCP only
---@field PlanDescription? string WebsitePanel, SolidCP only
---@field _unknown? string elements that only a newer panel knows, as XML

---@class dnp.PackageContext
---@field Package? dnp.PackageInfo
---@field GroupsArray? dnp.HostingPlanGroupInfo[]
---@field QuotasArray? dnp.QuotaValueInfo[]
---@field _unknown? string elements that only a newer panel knows, as XML

---@class dnp.PackageInfo
---@field PackageId? integer
---@field UserId? integer
---@field ParentPackageId? integer
---@field StatusId? dnp.PackageStatus|integer
---@field PlanId? integer
---@field PurchaseDate? string
---@field PackageName? string at most 300 characters
---@field PackageComments? string
---@field ServerId? integer
---@field DiskSpace? integer
---@field BandWidth? integer
---@field DiskSpaceQuota? integer
---@field BandWidthQuota? integer
---@field Domains? integer
---@field DomainsQuota? integer
---@field OverrideQuotas? boolean
---@field DefaultTopPackage? boolean WebsitePanel, SolidCP only
---@field Groups? dnp.HostingPlanGroupInfo[]
---@field Quotas? dnp.HostingPlanQuotaInfo[]
---@field StatusIDchangeDate? string SolidCP only
---@field _unknown? string elements that only a newer panel knows, as XML

---@class dnp.PackageStatusNumbers
---@field Active integer 1
---@field Suspended integer 2
---@field Cancelled integer 3
---@field New integer 4
dnp.PackageStatus = {}

---@alias dnp.PackageStatus "Active"|"Suspended"|"Cancelled"|"New"

---@class dnp.QuotaValueInfo
---@field QuotaAllocatedValue? integer
---@field QuotaAllocatedValuePerOrganization? integer WebsitePanel, SolidCP only
---@field QuotaUsedValue? integer
---@field QuotaExhausted? boolean
---@field QuotaName? string
---@field QuotaDescription? string
---@field QuotaId? integer
---@field QuotaTypeId? integer
---@field GroupId? integer
---@field _unknown? string elements that only a newer panel knows, as XML

---@class dnp.UserInfo
---@field RoleId? dnp.UserRole|integer
---@field Role? dnp.UserRole
---@field StatusId? dnp.UserStatus|integer
---@field Status? dnp.UserStatus
---@field LoginStatusId? dnp.UserLoginStatus|integer WebsitePanel, SolidCP only
---@field LoginStatus? dnp.UserLoginStatus WebsitePanel, SolidCP only
---@field FailedLogins? integer WebsitePanel, SolidCP only
---@field UserId? integer
---@field OwnerId? integer
---@field IsPeer? boolean
---@field Created? string
---@field Changed? string
---@field IsDemo? boolean
---@field Comments? string
---@field LastName? string at most 50 characters
---@field Username? string at most 50 characters
---@field Password? string at most 71 characters
---@field FirstName? string at most 50 characters
---@field Email? string at most 255 characters
---@field PrimaryPhone? string at most 30 characters
---@field Zip? string at most 20 characters
---@field InstantMessenger? string at most 100 characters
---@field Fax? string at most 30 characters
---@field SecondaryPhone? string at most 30 characters
---@field SecondaryEmail? string at most 255 characters
---@field Country? string at most 50 characters
---@field Address? string at most 200 characters
---@field City? string at most 50 characters
---@field State? string at most 50 characters
---@field HtmlMail? boolean
---@field CompanyName? string at most 100 characters
---@field EcommerceEnabled? boolean
---@field SubscriberNumber? string WebsitePanel, SolidCP only; at most 32 characters
---@field MfaMode? integer SolidCP only
---@field AdditionalParams? string WebsitePanel, SolidCP only
---@field Vlans? dnp.UserVlan[] WebsitePanel, SolidCP only
---@field _unknown? string elements that only a newer panel knows, as XML

---@class dnp.UserLoginStatusNumbers
---@field Enabled integer 0
---@field Disabled integer 1
---@field LockedOut integer 2
dnp.UserLoginStatus = {}

---@alias dnp.UserLoginStatus "Enabled"|"Disabled"|"LockedOut"

---@class dnp.UserRoleNumbers
---@field Administrator integer 1
---@field Reseller integer 2
---@field User integer 3
---@field ResellerCSR integer 4 WebsitePanel, SolidCP only
---@field PlatformCSR integer 5 WebsitePanel, SolidCP only
---@field ResellerHelpdesk integer 6 WebsitePanel, SolidCP only
---@field PlatformHelpdesk integer 7 WebsitePanel, SolidCP only
dnp.UserRole = {}

---@alias dnp.UserRole "Administrator"|"Reseller"|"User"|"ResellerCSR"|"PlatformCSR"|"ResellerHelpdesk"|"PlatformHelpdesk"

---@class dnp.UserSettings
---@field UserId? integer
---@field SettingsName? string at most 50 characters
---@field SettingsArray? string[][]
---@field _unknown? string elements that only a newer panel knows, as XML

---@class dnp.UserStatusNumbers
---@field Active integer 1
---@field Suspended integer 2
---@field Cancelled integer 3
---@field Pending integer 4
dnp.UserStatus = {}

---@alias dnp.UserStatus "Active"|"Suspended"|"Cancelled"|"Pending"

---@class dnp.UserVlan
---@field VLanID? integer
---@field Comment? string
---@field _unknown? string elements that only a newer panel knows, as XML

---@class dnp.Session
local session = {}

---Ends the session; its password is wiped. A second time does nothing.
function session:close() end

---What the session was made for; never the password.
---@return { url: string, username: string, dialect: dnp.Dialect, auth: string, timeout: number }
function session:info() end

---What a call would send, for another engine; `...` are the method's arguments.
---@param operation string "AddUser" or "add_user"
---@param ... any
---@return dnp.Request? request
---@return dnp.Error error where the result is nil
function session:request(operation, ...) end

---Takes the response to a request in pieces.
---@param request dnp.Request|string what `request` gave, or an operation's name
---@param status integer? nil: no response began; the receiver's `fail` says why
---@param headers table<string, string|string[]>?
---@return dnp.Receiver
function session:receive(request, status, headers) end

---Hands over the records of a list while they arrive: `for user in session:each("GetUsers", 1, true) do`. Raises an
---error object.
---@param operation string "GetUsers" or "get_users"
---@param ... any
---@return dnp.Stream
function session:each(operation, ...) end

---What a call would have returned, given the response that another engine received.
---@param request dnp.Request|string what `request` gave, or an operation's name
---@param status integer
---@param headers table<string, string|string[]>? names in any case; nil: the body is XML
---@param body string
---@return any result
---@return dnp.Error error where the result is nil
function session:response(request, status, headers, body) end

---Adds a user account; returns its id.
---esUsers.AddUser; changes something, so it is never sent twice.
---Needs OwnerId, RoleId, StatusId, IsDemo, IsPeer, Username, Password, FirstName, LastName, Email.
---@param user dnp.UserInfo
---@param send_letter boolean
---@param notes? string[] SolidCP only
---@return integer? id
---@return dnp.Error error where the result is nil
function session:add_user(user, send_letter, notes) end

---Adds a user account from single values; the same call in every panel.
---esUsers.AddUserLiteral; changes something, so it is never sent twice.
---@param owner_id integer
---@param role_id dnp.UserRole|integer
---@param status_id dnp.UserStatus|integer
---@param is_peer boolean
---@param is_demo boolean
---@param username string at most 50 characters
---@param password string at most 71 characters
---@param first_name string at most 50 characters
---@param last_name string at most 50 characters
---@param email string at most 255 characters
---@param secondary_email? string at most 255 characters
---@param address? string at most 200 characters
---@param city? string at most 50 characters
---@param country? string at most 50 characters
---@param state? string at most 50 characters
---@param zip? string at most 20 characters
---@param primary_phone? string at most 30 characters
---@param secondary_phone? string at most 30 characters
---@param fax? string at most 30 characters
---@param instant_messenger? string at most 100 characters
---@param html_mail boolean
---@param company_name? string at most 100 characters
---@param ecommerce_enabled boolean
---@param send_letter boolean
---@return integer? id
---@return dnp.Error error where the result is nil
function session:add_user_literal(owner_id, role_id, status_id, is_peer, is_demo, username, password, first_name, last_name, email, secondary_email, address, city, country, state, zip, primary_phone, secondary_phone, fax, instant_messenger, html_mail, company_name, ecommerce_enabled, send_letter) end

---Tells whether a user name is taken.
---esUsers.UserExists.
---@param username string at most 50 characters
---@return boolean? result
---@return dnp.Error error where the result is nil
function session:user_exists(username) end

---Reads a user account by id.
---esUsers.GetUserById.
---@param user_id integer
---@return dnp.UserInfo? result
---@return dnp.Error error where the result is nil
function session:get_user_by_id(user_id) end

---Reads a user account by user name.
---esUsers.GetUserByUsername.
---@param username string at most 50 characters
---@return dnp.UserInfo? result
---@return dnp.Error error where the result is nil
function session:get_user_by_username(username) end

---Lists the users of an owner, with all their descendants if recursive.
---esUsers.GetUsers.
---@param owner_id integer
---@param recursive boolean
---@return dnp.UserInfo[]? result
---@return dnp.Error error where the result is nil
function session:get_users(owner_id, recursive) end

---Lists the users of an owner as a DataSet.
---esUsers.GetRawUsers.
---@param owner_id integer
---@param recursive boolean
---@return dnp.DataSet? result
---@return dnp.Error error where the result is nil
function session:get_raw_users(owner_id, recursive) end

---Reads one page of the users of an owner.
---esUsers.GetUsersPaged.
---@param user_id integer
---@param filter_column? string at most 50 characters
---@param filter_value? string at most 50 characters
---@param status_id integer
---@param role_id integer
---@param sort_column? string at most 50 characters
---@param start_row integer
---@param maximum_rows integer
---@return dnp.DataSet? result
---@return dnp.Error error where the result is nil
function session:get_users_paged(user_id, filter_column, filter_value, status_id, role_id, sort_column, start_row, maximum_rows) end

---Reads one page of all users below an owner.
---esUsers.GetUsersPagedRecursive.
---@param user_id integer
---@param filter_column? string at most 50 characters
---@param filter_value? string at most 50 characters
---@param status_id integer
---@param role_id integer
---@param sort_column? string at most 50 characters
---@param start_row integer
---@param maximum_rows integer
---@return dnp.DataSet? result
---@return dnp.Error error where the result is nil
function session:get_users_paged_recursive(user_id, filter_column, filter_value, status_id, role_id, sort_column, start_row, maximum_rows) end

---Lists the peer accounts of a user.
---esUsers.GetUserPeers.
---@param user_id integer
---@return dnp.UserInfo[]? result
---@return dnp.Error error where the result is nil
function session:get_user_peers(user_id) end

---Lists the owners above a user, and the user.
---esUsers.GetUserParents.
---@param user_id integer
---@return dnp.UserInfo[]? result
---@return dnp.Error error where the result is nil
function session:get_user_parents(user_id) end

---Replaces a user account's fields; what is left out is reset.
---esUsers.UpdateUser; changes something, so it is never sent twice.
---Needs UserId, RoleId, StatusId, IsDemo, IsPeer.
---@param user dnp.UserInfo
---@return true? done
---@return dnp.Error error where the result is nil
function session:update_user(user) end

---Replaces a user account's fields from single values.
---esUsers.UpdateUserLiteral; changes something, so it is never sent twice.
---@param user_id integer
---@param role_id dnp.UserRole|integer
---@param status_id dnp.UserStatus|integer
---@param is_peer boolean
---@param is_demo boolean
---@param first_name string at most 50 characters
---@param last_name string at most 50 characters
---@param email string at most 255 characters
---@param secondary_email? string at most 255 characters
---@param address? string at most 200 characters
---@param city? string at most 50 characters
---@param country? string at most 50 characters
---@param state? string at most 50 characters
---@param zip? string at most 20 characters
---@param primary_phone? string at most 30 characters
---@param secondary_phone? string at most 30 characters
---@param fax? string at most 30 characters
---@param instant_messenger? string at most 100 characters
---@param html_mail boolean
---@param company_name? string at most 100 characters
---@param ecommerce_enabled boolean
---@return true? done
---@return dnp.Error error where the result is nil
function session:update_user_literal(user_id, role_id, status_id, is_peer, is_demo, first_name, last_name, email, secondary_email, address, city, country, state, zip, primary_phone, secondary_phone, fax, instant_messenger, html_mail, company_name, ecommerce_enabled) end

---Starts deleting a user account; the panel goes on in the background.
---esUsers.DeleteUser; changes something, so it is never sent twice.
---@param user_id integer
---@return true? done
---@return dnp.Error error where the result is nil
function session:delete_user(user_id) end

---Sets a user account's password.
---esUsers.ChangeUserPassword; changes something, so it is never sent twice.
---@param user_id integer
---@param password string at most 71 characters
---@return true? done
---@return dnp.Error error where the result is nil
function session:change_user_password(user_id, password) end

---Sets a user account's status, and that of its peers, children and all their spaces.
---esUsers.ChangeUserStatus; changes something, so it is never sent twice.
---@param user_id integer
---@param status dnp.UserStatus|integer
---@return true? done
---@return dnp.Error error where the result is nil
function session:change_user_status(user_id, status) end

---Reads a named group of settings of a user.
---esUsers.GetUserSettings.
---@param user_id integer
---@param settings_name string at most 50 characters
---@return dnp.UserSettings? result
---@return dnp.Error error where the result is nil
function session:get_user_settings(user_id, settings_name) end

---Writes a named group of settings of a user.
---esUsers.UpdateUserSettings; changes something, so it is never sent twice.
---Needs UserId, SettingsName, SettingsArray.
---@param settings dnp.UserSettings
---@return true? done
---@return dnp.Error error where the result is nil
function session:update_user_settings(settings) end

---Checks a user name and a password.
---esAuthentication.AuthenticateUser.
---@param username string
---@param password string
---@param ip? string
---@return true? done
---@return dnp.Error|"SUCCESS_USER_ONETIMEPASSWORD" error where the result is nil, or a remark
function session:authenticate_user(username, password, ip) end

---Reads a user account by user name and password.
---esAuthentication.GetUserByUsernamePassword.
---@param username string
---@param password string
---@param ip? string
---@return dnp.UserInfo? result
---@return dnp.Error error where the result is nil
function session:get_user_by_username_password(username, password, ip) end

---Sets the password of a user who knows the old one.
---esAuthentication.ChangeUserPasswordByUsername; changes something, so it is never sent twice.
---@param username string
---@param old_password string
---@param new_password string at most 71 characters
---@param ip? string
---@return true? done
---@return dnp.Error error where the result is nil
function session:change_user_password_by_username(username, old_password, new_password, ip) end

---Adds a hosting space to a user; returns its id.
---esPackages.AddPackage; changes something, so it is never sent twice.
---@param user_id integer
---@param plan_id integer
---@param package_name string at most 300 characters
---@param package_comments? string
---@param status_id dnp.PackageStatus|integer
---@param purchase_date string|integer
---@return integer? id
---@return dnp.Error error where the result is nil
function session:add_package(user_id, plan_id, package_name, package_comments, status_id, purchase_date) end

---Adds a hosting space with domain, web site, FTP and mail account; returns its id.
---esPackages.AddPackageWithResources; changes something, so it is never sent twice.
---@param user_id integer
---@param plan_id integer
---@param space_name string at most 300 characters
---@param status_id dnp.PackageStatus|integer
---@param send_letter boolean
---@param create_resources boolean
---@param domain_name? string at most 100 characters
---@param temp_domain boolean
---@param create_web_site boolean
---@param create_ftp_account boolean
---@param ftp_account_name? string
---@param create_mail_account boolean
---@param host_name? string WebsitePanel, SolidCP only
---@return integer? id
---@return dnp.Error error where the result is nil
function session:add_package_with_resources(user_id, plan_id, space_name, status_id, send_letter, create_resources, domain_name, temp_domain, create_web_site, create_ftp_account, ftp_account_name, create_mail_account, host_name) end

---Adds a user account with a hosting space in one call; returns the user's id.
---esPackages.CreateUserWizard; changes something, so it is never sent twice.
---@param parent_package_id integer
---@param username string at most 50 characters
---@param password string at most 71 characters
---@param role_id dnp.UserRole|integer
---@param first_name string at most 50 characters
---@param last_name string at most 50 characters
---@param email string at most 255 characters
---@param secondary_email? string at most 255 characters
---@param html_mail boolean
---@param send_account_letter boolean
---@param create_package boolean
---@param plan_id integer
---@param send_package_letter boolean
---@param domain_name? string at most 100 characters
---@param temp_domain boolean
---@param create_web_site boolean
---@param create_ftp_account boolean
---@param ftp_account_name? string
---@param create_mail_account boolean
---@param host_name? string WebsitePanel, SolidCP only
---@param create_zone_record? boolean WebsitePanel, SolidCP only
---@return integer? id
---@return dnp.Error error where the result is nil
function session:create_user_wizard(parent_package_id, username, password, role_id, first_name, last_name, email, secondary_email, html_mail, send_account_letter, create_package, plan_id, send_package_letter, domain_name, temp_domain, create_web_site, create_ftp_account, ftp_account_name, create_mail_account, host_name, create_zone_record) end

---Replaces a hosting space's fields; what is left out is reset.
---esPackages.UpdatePackage; changes something, so it is never sent twice.
---Needs PackageId, StatusId, PlanId, PurchaseDate.
---@param package dnp.PackageInfo
---@return true? done
---@return dnp.Error error where the result is nil
function session:update_package(package) end

---Sets a hosting space's status, plan, date, name and comments.
---esPackages.UpdatePackageLiteral; changes something, so it is never sent twice.
---@param package_id integer
---@param status_id dnp.PackageStatus|integer
---@param plan_id integer
---@param purchase_date string|integer
---@param package_name string at most 300 characters
---@param package_comments? string
---@return true? done
---@return dnp.Error error where the result is nil
function session:update_package_literal(package_id, status_id, plan_id, purchase_date, package_name, package_comments) end

---Sets a hosting space's name and comments.
---esPackages.UpdatePackageName; changes something, so it is never sent twice.
---@param package_id integer
---@param package_name string at most 300 characters
---@param package_comments? string
---@return true? done
---@return dnp.Error error where the result is nil
function session:update_package_name(package_id, package_name, package_comments) end

---Starts deleting a hosting space; the panel goes on in the background.
---esPackages.DeletePackage; changes something, so it is never sent twice.
---@param package_id integer
---@return true? done
---@return dnp.Error error where the result is nil
function session:delete_package(package_id) end

---Sets the status of a hosting space and of those nested in it.
---esPackages.ChangePackageStatus; changes something, so it is never sent twice.
---@param package_id integer
---@param status dnp.PackageStatus|integer
---@return true? done
---@return dnp.Error error where the result is nil
function session:change_package_status(package_id, status) end

---Reads a hosting space.
---esPackages.GetPackage.
---@param package_id integer
---@return dnp.PackageInfo? result
---@return dnp.Error error where the result is nil
function session:get_package(package_id) end

---Lists hosting spaces: a user's own; on the oldest panels those of the users below.
---esPackages.GetPackages.
---@param user_id integer
---@return dnp.PackageInfo[]? result
---@return dnp.Error error where the result is nil
function session:get_packages(user_id) end

---Lists the hosting spaces of a user.
---esPackages.GetMyPackages.
---@param user_id integer
---@return dnp.PackageInfo[]? result
---@return dnp.Error error where the result is nil
function session:get_my_packages(user_id) end

---Reads one page of the hosting spaces of a user.
---esPackages.GetPackagesPaged.
---@param user_id integer
---@param filter_column? string at most 50 characters
---@param filter_value? string at most 50 characters
---@param sort_column? string at most 50 characters
---@param start_row integer
---@param maximum_rows integer
---@return dnp.DataSet? result
---@return dnp.Error error where the result is nil
function session:get_packages_paged(user_id, filter_column, filter_value, sort_column, start_row, maximum_rows) end

---Reads a hosting space with its groups and quotas.
---esPackages.GetPackageContext.
---@param package_id integer
---@return dnp.PackageContext? result
---@return dnp.Error error where the result is nil
function session:get_package_context(package_id) end

---Reads the groups and quotas of a hosting space.
---esPackages.GetPackageQuotas.
---@param package_id integer
---@return dnp.DataSet? result
---@return dnp.Error error where the result is nil
function session:get_package_quotas(package_id) end

---Reads one quota of a hosting space.
---esPackages.GetPackageQuota.
---@param package_id integer
---@param quota_name string at most 50 characters
---@return dnp.QuotaValueInfo? result
---@return dnp.Error error where the result is nil
function session:get_package_quota(package_id, quota_name) end

---Reads the traffic of a hosting space between two dates.
---esPackages.GetPackageBandwidth.
---@param package_id integer
---@param start_date string|integer
---@param end_date string|integer
---@return dnp.DataSet? result
---@return dnp.Error error where the result is nil
function session:get_package_bandwidth(package_id, start_date, end_date) end

---Reads the disk space that a hosting space uses.
---esPackages.GetPackageDiskspace.
---@param package_id integer
---@return dnp.DataSet? result
---@return dnp.Error error where the result is nil
function session:get_package_diskspace(package_id) end

---Reads one page of the traffic of spaces: a user's own (-1), or those in a space.
---esPackages.GetPackagesBandwidthPaged.
---@param user_id integer
---@param package_id integer
---@param start_date string|integer
---@param end_date string|integer
---@param sort_column? string at most 50 characters
---@param start_row integer
---@param maximum_rows integer
---@return dnp.DataSet? result
---@return dnp.Error error where the result is nil
function session:get_packages_bandwidth_paged(user_id, package_id, start_date, end_date, sort_column, start_row, maximum_rows) end

---Reads one page of the disk space of spaces: a user's own (-1), or those in a space.
---esPackages.GetPackagesDiskspacePaged.
---@param user_id integer
---@param package_id integer
---@param sort_column? string at most 50 characters
---@param start_row integer
---@param maximum_rows integer
---@return dnp.DataSet? result
---@return dnp.Error error where the result is nil
function session:get_packages_diskspace_paged(user_id, package_id, sort_column, start_row, maximum_rows) end

---Adds a hosting add-on to a space; returns its id.
---esPackages.AddPackageAddon; changes something, so it is never sent twice.
---Needs PackageId, PlanId, Quantity, PurchaseDate, StatusId.
---@param addon dnp.PackageAddonInfo
---@return integer? id
---@return dnp.Error error where the result is nil
function session:add_package_addon(addon) end

---Adds a hosting add-on to a space, active from now; returns its id.
---esPackages.AddPackageAddonById; changes something, so it is never sent twice.
---@param package_id integer
---@param addon_plan_id integer
---@param quantity integer
---@return integer? id
---@return dnp.Error error where the result is nil
function session:add_package_addon_by_id(package_id, addon_plan_id, quantity) end

---Replaces a hosting add-on's fields.
---esPackages.UpdatePackageAddon; changes something, so it is never sent twice.
---Needs PackageAddonId, PlanId, Quantity, PurchaseDate, StatusId.
---@param addon dnp.PackageAddonInfo
---@return true? done
---@return dnp.Error error where the result is nil
function session:update_package_addon(addon) end

---Removes a hosting add-on from its space.
---esPackages.DeletePackageAddon; changes something, so it is never sent twice.
---@param package_addon_id integer
---@return true? done
---@return dnp.Error error where the result is nil
function session:delete_package_addon(package_addon_id) end

---Reads a hosting add-on.
---esPackages.GetPackageAddon.
---@param package_addon_id integer
---@return dnp.PackageAddonInfo? result
---@return dnp.Error error where the result is nil
function session:get_package_addon(package_addon_id) end

---Lists the hosting add-ons of a space.
---esPackages.GetPackageAddons.
---@param package_id integer
---@return dnp.DataSet? result
---@return dnp.Error error where the result is nil
function session:get_package_addons(package_id) end

---Reads a hosting plan or add-on plan.
---esPackages.GetHostingPlan.
---@param plan_id integer
---@return dnp.HostingPlanInfo? result
---@return dnp.Error error where the result is nil
function session:get_hosting_plan(plan_id) end

---Lists the hosting plans that a user has made.
---esPackages.GetHostingPlans.
---@param user_id integer
---@return dnp.DataSet? result
---@return dnp.Error error where the result is nil
function session:get_hosting_plans(user_id) end

---Lists the add-on plans that a user has made.
---esPackages.GetHostingAddons.
---@param user_id integer
---@return dnp.DataSet? result
---@return dnp.Error error where the result is nil
function session:get_hosting_addons(user_id) end

---Lists the hosting plans that a user can be given.
---esPackages.GetUserAvailableHostingPlans.
---@param user_id integer
---@return dnp.HostingPlanInfo[]? result
---@return dnp.Error error where the result is nil
function session:get_user_available_hosting_plans(user_id) end

---Lists the add-on plans that a user can be given.
---esPackages.GetUserAvailableHostingAddons.
---@param user_id integer
---@return dnp.HostingPlanInfo[]? result
---@return dnp.Error error where the result is nil
function session:get_user_available_hosting_addons(user_id) end

---Sends the account letter.
---esPackages.SendAccountSummaryLetter; changes something, so it is never sent twice.
---@param user_id integer
---@param to string
---@param cc? string
---@return true? done
---@return dnp.Error error where the result is nil
function session:send_account_summary_letter(user_id, to, cc) end

---Sends the hosting space letter.
---esPackages.SendPackageSummaryLetter; changes something, so it is never sent twice.
---@param package_id integer
---@param to string
---@param cc? string
---@return true? done
---@return dnp.Error error where the result is nil
function session:send_package_summary_letter(package_id, to, cc) end

-- What workflows take and give, see lua/dnp/provisioning.lua. Columns of rows are those of SolidCP; older panels have
-- fewer.

---@class dnp.provisioning.UserSpec
---@field RoleId? dnp.UserRole|integer
---@field Role? dnp.UserRole
---@field LoginStatusId? dnp.UserLoginStatus|integer WebsitePanel, SolidCP only
---@field LoginStatus? dnp.UserLoginStatus WebsitePanel, SolidCP only
---@field FailedLogins? integer WebsitePanel, SolidCP only
---@field UserId? integer
---@field OwnerId? integer|string the owner, by id or user name
---@field IsPeer? boolean
---@field IsDemo? boolean
---@field Comments? string
---@field LastName? string at most 50 characters
---@field Username? string at most 50 characters
---@field Password? string at most 71 characters
---@field FirstName? string at most 50 characters
---@field Email? string at most 255 characters
---@field PrimaryPhone? string at most 30 characters
---@field Zip? string at most 20 characters
---@field InstantMessenger? string at most 100 characters
---@field Fax? string at most 30 characters
---@field SecondaryPhone? string at most 30 characters
---@field SecondaryEmail? string at most 255 characters
---@field Country? string at most 50 characters
---@field Address? string at most 200 characters
---@field City? string at most 50 characters
---@field State? string at most 50 characters
---@field HtmlMail? boolean
---@field CompanyName? string at most 100 characters
---@field EcommerceEnabled? boolean
---@field SubscriberNumber? string WebsitePanel, SolidCP only; at most 32 characters
---@field MfaMode? integer SolidCP only
---@field AdditionalParams? string WebsitePanel, SolidCP only
---@field Vlans? dnp.UserVlan[] WebsitePanel, SolidCP only
---@field Owner? integer|string the same as `OwnerId`

---@class dnp.provisioning.SpaceSpec
---@field id integer? which space; without it, the one of that name, or a new one
---@field name string?
---@field plan integer|string|nil hosting plan by id, or by name among those of the account's owner
---@field status dnp.PackageStatus|integer|nil a new space gets that of the account
---@field comments string?
---@field purchase_date string|number|nil "2024-01-31", "2024-01-31T12:00:00" or an `os.time()`; now for a new one
---@field addons dnp.provisioning.AddonSpec[]? all add-ons that the space must have; others are removed

---@class dnp.provisioning.AddonSpec
---@field plan integer|string add-on plan by id, or by name among those of the account's owner
---@field quantity integer? 1 for a new one
---@field status dnp.PackageStatus|integer|nil a new add-on is Active
---@field comments string?
---@field purchase_date string|number|nil "2024-01-31", "2024-01-31T12:00:00" or an `os.time()`; now for a new one

---@class dnp.provisioning.UserChanges
---@field RoleId? dnp.UserRole|integer
---@field Role? dnp.UserRole
---@field LoginStatusId? dnp.UserLoginStatus|integer WebsitePanel, SolidCP only
---@field LoginStatus? dnp.UserLoginStatus WebsitePanel, SolidCP only
---@field FailedLogins? integer WebsitePanel, SolidCP only
---@field IsPeer? boolean
---@field IsDemo? boolean
---@field Comments? string
---@field LastName? string at most 50 characters
---@field FirstName? string at most 50 characters
---@field Email? string at most 255 characters
---@field PrimaryPhone? string at most 30 characters
---@field Zip? string at most 20 characters
---@field InstantMessenger? string at most 100 characters
---@field Fax? string at most 30 characters
---@field SecondaryPhone? string at most 30 characters
---@field SecondaryEmail? string at most 255 characters
---@field Country? string at most 50 characters
---@field Address? string at most 200 characters
---@field City? string at most 50 characters
---@field State? string at most 50 characters
---@field HtmlMail? boolean
---@field CompanyName? string at most 100 characters
---@field EcommerceEnabled? boolean
---@field SubscriberNumber? string WebsitePanel, SolidCP only; at most 32 characters
---@field MfaMode? integer SolidCP only
---@field AdditionalParams? string WebsitePanel, SolidCP only
---@field Vlans? dnp.UserVlan[] WebsitePanel, SolidCP only

---@class dnp.provisioning.UserRow
---@field UserId? integer
---@field RoleId? integer
---@field StatusId? integer
---@field SubscriberNumber? string
---@field LoginStatusId? integer
---@field FailedLogins? integer
---@field OwnerId? integer
---@field Created? string
---@field Changed? string
---@field IsDemo? boolean
---@field Comments? string
---@field IsPeer? boolean
---@field Username? string
---@field FirstName? string
---@field LastName? string
---@field Email? string
---@field FullName? string
---@field OwnerUsername? string
---@field OwnerFirstName? string
---@field OwnerLastName? string
---@field OwnerRoleId? integer
---@field OwnerFullName? string
---@field OwnerEmail? string
---@field PackagesNumber? integer
---@field CompanyName? string
---@field EcommerceEnabled? boolean
---@field Status? dnp.UserStatus
---@field Role? dnp.UserRole

---@class dnp.provisioning.PackageRow: dnp.PackageInfo
---@field PackageId? integer
---@field PackageName? string
---@field StatusId? integer
---@field PurchaseDate? string
---@field ServerId? integer
---@field ServerName? string
---@field ServerComments? string
---@field VirtualServer? boolean
---@field PlanId? integer
---@field PlanName? string
---@field UserId? integer
---@field Username? string
---@field FirstName? string
---@field LastName? string
---@field FullName? string
---@field RoleId? integer
---@field Email? string
---@field Status? dnp.PackageStatus
---@field Role? dnp.UserRole of the account whose space it is

---@class dnp.provisioning.AddonRow
---@field PackageAddonId? integer
---@field PackageId? integer
---@field PlanId? integer
---@field Quantity? integer
---@field PurchaseDate? string
---@field StatusId? integer
---@field Comments? string
---@field PlanName? string
---@field PlanDescription? string
---@field Status? dnp.PackageStatus

return dnp
