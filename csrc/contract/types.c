/*
 * The types of the contract: scalars, enumerations, records, arrays.
 *
 * Rows are in wire order. "Required" is not here: it depends on the operation.
 */
#include "contract/contract.h"

/* clang-format off */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SCALAR(identifier, wire_name, scalar_kind) \
    const struct dnp_type identifier = {.name = (wire_name), .kind = (scalar_kind)}
#define ENUMERATION(identifier, wire_name, rows) \
    const struct dnp_type identifier = {         \
        .name = (wire_name), .kind = DNP_ENUM, .values = (rows), .value_count = COUNT(rows)}
#define RECORD(identifier, wire_name, rows) \
    const struct dnp_type identifier = {    \
        .name = (wire_name), .kind = DNP_RECORD, .fields = (rows), .field_count = COUNT(rows)}
#define ITEM(identifier, item_name, item_type)             \
    static const struct dnp_field identifier##_item[] = {  \
        {.name = (item_name), .type = &(item_type), .dialects = DNP_ALL_DIALECTS}}
#define ARRAY(identifier, wire_name) \
    const struct dnp_type identifier = { \
        .name = (wire_name), .kind = DNP_ARRAY, .fields = identifier##_item, .field_count = 1}

/* One row of a record: the common case, then those with more to say. */
#define F(field_name, field_type) {.name = (field_name), .type = &(field_type), .dialects = DNP_ALL_DIALECTS}
#define TEXT(field_name, longest, ...) \
    {.name = (field_name), .type = &dnp_type_string, .length = (longest), __VA_ARGS__}
/* A string of the account: its length and perhaps a flag. */
#define WIDE(field_name, longest) TEXT(field_name, longest, .dialects = DNP_ALL_DIALECTS)
#define NARROW(field_name, longest) TEXT(field_name, longest, .dialects = DNP_ALL_DIALECTS, .flags = DNP_NARROW)
#define FIELD(field_name, field_type, ...) {.name = (field_name), .type = &(field_type), __VA_ARGS__}

SCALAR(dnp_type_int, "int", DNP_INT);
SCALAR(dnp_type_ushort, "unsignedShort", DNP_USHORT);
SCALAR(dnp_type_long, "long", DNP_LONG);
SCALAR(dnp_type_double, "double", DNP_DOUBLE);
SCALAR(dnp_type_decimal, "decimal", DNP_DECIMAL);
SCALAR(dnp_type_bool, "boolean", DNP_BOOL);
SCALAR(dnp_type_string, "string", DNP_STRING);
SCALAR(dnp_type_datetime, "dateTime", DNP_DATETIME);
SCALAR(dnp_type_dataset, "DataSet", DNP_DATASET);

static const struct dnp_enum_value user_roles[] = {
    {"Administrator", 1, DNP_ALL_DIALECTS}, {"Reseller", 2, DNP_ALL_DIALECTS}, {"User", 3, DNP_ALL_DIALECTS},
    {"ResellerCSR", 4, DNP_LATER}, {"PlatformCSR", 5, DNP_LATER}, {"ResellerHelpdesk", 6, DNP_LATER},
    {"PlatformHelpdesk", 7, DNP_LATER},
};
ENUMERATION(dnp_type_user_role, "UserRole", user_roles);

static const struct dnp_enum_value user_statuses[] = {
    {"Active", 1, DNP_ALL_DIALECTS},
    {"Suspended", 2, DNP_ALL_DIALECTS},
    {"Cancelled", 3, DNP_ALL_DIALECTS},
    {"Pending", 4, DNP_ALL_DIALECTS},
};
ENUMERATION(dnp_type_user_status, "UserStatus", user_statuses);

static const struct dnp_enum_value user_login_statuses[] = {
    {"Enabled", 0, DNP_LATER},
    {"Disabled", 1, DNP_LATER},
    {"LockedOut", 2, DNP_LATER},
};
ENUMERATION(dnp_type_user_login_status, "UserLoginStatus", user_login_statuses);

static const struct dnp_enum_value package_statuses[] = {
    {"Active", 1, DNP_ALL_DIALECTS},
    {"Suspended", 2, DNP_ALL_DIALECTS},
    {"Cancelled", 3, DNP_ALL_DIALECTS},
    {"New", 4, DNP_ALL_DIALECTS},
};
ENUMERATION(dnp_type_package_status, "PackageStatus", package_statuses);

static const struct dnp_field user_vlan_fields[] = {
    FIELD("VLanID", dnp_type_ushort, .dialects = DNP_LATER),
    FIELD("Comment", dnp_type_string, .dialects = DNP_LATER),
};
static RECORD(user_vlan, "UserVlan", user_vlan_fields);
ITEM(array_of_user_vlan, "UserVlan", user_vlan);
static ARRAY(array_of_user_vlan, "ArrayOfUserVlan");

/*
 * Lengths are those of the columns and of the parameters of AddUser and UpdateUser, whichever is less (SolidCP
 * install_db.sql:27596, 2274, 23331; WebsitePanel 2.1 the same; 1.0 install_db.sql:7035, 41405). InstantMessenger has
 * a parameter of 200 for a column of 100: from 101 on the panel fails.
 *
 * WebsitePanel has the fields of logins and SubscriberNumber since 1.2.2.48, AdditionalParams since 1.2.0, Vlans before
 * 2.1; SolidCP has MfaMode since 1.4.9. From WebsitePanel 2.1.0.722 on the password is not in the record: AddUser takes
 * it as a parameter of its own, so a WebsitePanel gets both.
 */
static const struct dnp_field user_info_fields[] = {
    FIELD("RoleId", dnp_type_int, .values = &dnp_type_user_role, .dialects = DNP_ALL_DIALECTS),
    FIELD("Role", dnp_type_user_role, .dialects = DNP_ALL_DIALECTS, .alias_of = "RoleId"),
    FIELD("StatusId", dnp_type_int, .values = &dnp_type_user_status, .dialects = DNP_ALL_DIALECTS),
    FIELD("Status", dnp_type_user_status, .dialects = DNP_ALL_DIALECTS, .alias_of = "StatusId"),
    FIELD("LoginStatusId", dnp_type_int, .values = &dnp_type_user_login_status, .dialects = DNP_LATER),
    FIELD("LoginStatus", dnp_type_user_login_status, .dialects = DNP_LATER, .alias_of = "LoginStatusId"),
    FIELD("FailedLogins", dnp_type_int, .dialects = DNP_LATER),
    FIELD("UserId", dnp_type_int, .dialects = DNP_ALL_DIALECTS, .flags = DNP_POSITIVE),
    FIELD("OwnerId", dnp_type_int, .dialects = DNP_ALL_DIALECTS, .flags = DNP_POSITIVE),
    F("IsPeer", dnp_type_bool),
    F("Created", dnp_type_datetime),
    F("Changed", dnp_type_datetime),
    F("IsDemo", dnp_type_bool),
    F("Comments", dnp_type_string),
    WIDE("LastName", 50),
    TEXT("Username", 50, .dialects = DNP_ALL_DIALECTS, .flags = DNP_NAME),
    TEXT("Password", DNP_PASSWORD_LENGTH, .dialects = DNP_CLASSIC, .flags = DNP_SECRET),
    TEXT("Password", DNP_PASSWORD_LENGTH, .dialects = DNP_SOLIDCP, .flags = DNP_SECRET | DNP_HOISTED),
    WIDE("FirstName", 50),
    WIDE("Email", 255),
    NARROW("PrimaryPhone", 30),
    NARROW("Zip", 20),
    NARROW("InstantMessenger", 100),
    NARROW("Fax", 30),
    NARROW("SecondaryPhone", 30),
    WIDE("SecondaryEmail", 255),
    WIDE("Country", 50),
    WIDE("Address", 200),
    WIDE("City", 50),
    WIDE("State", 50),
    F("HtmlMail", dnp_type_bool),
    WIDE("CompanyName", 100),
    F("EcommerceEnabled", dnp_type_bool),
    TEXT("SubscriberNumber", 32, .dialects = DNP_LATER),
    FIELD("MfaMode", dnp_type_int, .dialects = DNP_SOLIDCP),
    FIELD("AdditionalParams", dnp_type_string, .dialects = DNP_LATER),
    FIELD("Vlans", array_of_user_vlan, .dialects = DNP_LATER),
};
RECORD(dnp_type_user_info, "UserInfo", user_info_fields);
ITEM(dnp_type_array_of_user_info, "UserInfo", dnp_type_user_info);
ARRAY(dnp_type_array_of_user_info, "ArrayOfUserInfo");

static const struct dnp_field group_fields[] = {
    F("GroupId", dnp_type_int),
    F("Enabled", dnp_type_bool),
    F("CalculateDiskSpace", dnp_type_bool),
    F("CalculateBandwidth", dnp_type_bool),
    F("GroupName", dnp_type_string),
};
static RECORD(group_info, "HostingPlanGroupInfo", group_fields);
ITEM(array_of_group_info, "HostingPlanGroupInfo", group_info);
static ARRAY(array_of_group_info, "ArrayOfHostingPlanGroupInfo");

static const struct dnp_field quota_fields[] = {
    F("QuotaId", dnp_type_int),
    F("QuotaValue", dnp_type_int),
};
static RECORD(quota_info, "HostingPlanQuotaInfo", quota_fields);
ITEM(array_of_quota_info, "HostingPlanQuotaInfo", quota_info);
static ARRAY(array_of_quota_info, "ArrayOfHostingPlanQuotaInfo");

static const struct dnp_field package_info_fields[] = {
    FIELD("PackageId", dnp_type_int, .dialects = DNP_ALL_DIALECTS, .flags = DNP_POSITIVE),
    FIELD("UserId", dnp_type_int, .dialects = DNP_ALL_DIALECTS, .flags = DNP_POSITIVE),
    F("ParentPackageId", dnp_type_int),
    FIELD("StatusId", dnp_type_int, .values = &dnp_type_package_status, .dialects = DNP_ALL_DIALECTS),
    FIELD("PlanId", dnp_type_int, .dialects = DNP_ALL_DIALECTS, .flags = DNP_POSITIVE),
    F("PurchaseDate", dnp_type_datetime),
    WIDE("PackageName", 300),
    F("PackageComments", dnp_type_string),
    F("ServerId", dnp_type_int),
    F("DiskSpace", dnp_type_int),
    F("BandWidth", dnp_type_int),
    F("DiskSpaceQuota", dnp_type_int),
    F("BandWidthQuota", dnp_type_int),
    F("Domains", dnp_type_int),
    F("DomainsQuota", dnp_type_int),
    F("OverrideQuotas", dnp_type_bool),
    FIELD("DefaultTopPackage", dnp_type_bool, .dialects = DNP_LATER),
    F("Groups", array_of_group_info),
    F("Quotas", array_of_quota_info),
    FIELD("StatusIDchangeDate", dnp_type_datetime, .dialects = DNP_SOLIDCP),
};
RECORD(dnp_type_package_info, "PackageInfo", package_info_fields);
ITEM(dnp_type_array_of_package_info, "PackageInfo", dnp_type_package_info);
ARRAY(dnp_type_array_of_package_info, "ArrayOfPackageInfo");

static const struct dnp_field package_addon_fields[] = {
    FIELD("PackageAddonId", dnp_type_int, .dialects = DNP_ALL_DIALECTS, .flags = DNP_POSITIVE),
    FIELD("PackageId", dnp_type_int, .dialects = DNP_ALL_DIALECTS, .flags = DNP_POSITIVE),
    FIELD("PlanId", dnp_type_int, .dialects = DNP_ALL_DIALECTS, .flags = DNP_POSITIVE),
    FIELD("Quantity", dnp_type_int, .dialects = DNP_ALL_DIALECTS, .flags = DNP_POSITIVE),
    F("PurchaseDate", dnp_type_datetime),
    F("Comments", dnp_type_string),
    FIELD("StatusId", dnp_type_int, .values = &dnp_type_package_status, .dialects = DNP_ALL_DIALECTS),
    FIELD("PlanName", dnp_type_string, .dialects = DNP_LATER),
    FIELD("PlanDescription", dnp_type_string, .dialects = DNP_LATER),
};
RECORD(dnp_type_package_addon_info, "PackageAddonInfo", package_addon_fields);

static const struct dnp_field package_result_fields[] = {
    F("Result", dnp_type_int),
    F("ExceedingQuotas", dnp_type_dataset),
};
RECORD(dnp_type_package_result, "PackageResult", package_result_fields);

static const struct dnp_field hosting_plan_fields[] = {
    F("PlanId", dnp_type_int),
    F("PackageId", dnp_type_int),
    F("PlanName", dnp_type_string),
    F("PlanDescription", dnp_type_string),
    F("Available", dnp_type_bool),
    F("ServerId", dnp_type_int),
    F("IsAddon", dnp_type_bool),
    F("SetupPrice", dnp_type_decimal),
    F("RecurringPrice", dnp_type_decimal),
    F("RecurrenceUnit", dnp_type_int),
    F("RecurrenceLength", dnp_type_int),
    F("Groups", array_of_group_info),
    F("Quotas", array_of_quota_info),
    F("UserId", dnp_type_int),
};
RECORD(dnp_type_hosting_plan_info, "HostingPlanInfo", hosting_plan_fields);
ITEM(dnp_type_array_of_hosting_plan_info, "HostingPlanInfo", dnp_type_hosting_plan_info);
ARRAY(dnp_type_array_of_hosting_plan_info, "ArrayOfHostingPlanInfo");

static const struct dnp_field quota_value_fields[] = {
    F("QuotaAllocatedValue", dnp_type_int),
    FIELD("QuotaAllocatedValuePerOrganization", dnp_type_int, .dialects = DNP_LATER),
    F("QuotaUsedValue", dnp_type_int),
    F("QuotaExhausted", dnp_type_bool),
    F("QuotaName", dnp_type_string),
    F("QuotaDescription", dnp_type_string),
    F("QuotaId", dnp_type_int),
    F("QuotaTypeId", dnp_type_int),
    F("GroupId", dnp_type_int),
};
RECORD(dnp_type_quota_value_info, "QuotaValueInfo", quota_value_fields);
ITEM(array_of_quota_value, "QuotaValueInfo", dnp_type_quota_value_info);
static ARRAY(array_of_quota_value, "ArrayOfQuotaValueInfo");

/* The panel's Groups and Quotas dictionaries are not serialized; these arrays hold the same. */
static const struct dnp_field package_context_fields[] = {
    F("Package", dnp_type_package_info),
    F("GroupsArray", array_of_group_info),
    F("QuotasArray", array_of_quota_value),
};
RECORD(dnp_type_package_context, "PackageContext", package_context_fields);

ITEM(dnp_type_array_of_string, "string", dnp_type_string);
ARRAY(dnp_type_array_of_string, "ArrayOfString");
ITEM(array_of_array_of_string, "ArrayOfString", dnp_type_array_of_string);
static ARRAY(array_of_array_of_string, "ArrayOfArrayOfString");

static const struct dnp_field user_settings_fields[] = {
    FIELD("UserId", dnp_type_int, .dialects = DNP_ALL_DIALECTS, .flags = DNP_POSITIVE),
    WIDE("SettingsName", 50),
    F("SettingsArray", array_of_array_of_string),
};
RECORD(dnp_type_user_settings, "UserSettings", user_settings_fields);

const struct dnp_type *const dnp_types[DNP_TYPE_COUNT] = {
    &dnp_type_user_role,
    &dnp_type_user_status,
    &dnp_type_user_login_status,
    &dnp_type_package_status,
    &user_vlan,
    &array_of_user_vlan,
    &dnp_type_user_info,
    &dnp_type_array_of_user_info,
    &group_info,
    &array_of_group_info,
    &quota_info,
    &array_of_quota_info,
    &dnp_type_package_info,
    &dnp_type_array_of_package_info,
    &dnp_type_package_addon_info,
    &dnp_type_package_result,
    &dnp_type_hosting_plan_info,
    &dnp_type_array_of_hosting_plan_info,
    &dnp_type_quota_value_info,
    &array_of_quota_value,
    &dnp_type_package_context,
    &dnp_type_array_of_string,
    &array_of_array_of_string,
    &dnp_type_user_settings,
    &dnp_type_dataset,
};
